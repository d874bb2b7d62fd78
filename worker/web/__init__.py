"""The review site: pages over the stages. It holds no logic of its own."""
