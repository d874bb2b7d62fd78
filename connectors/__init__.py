"""The outside world: one connector a platform, all behind `connectors.contract`."""
