"""The worker: intake, review, evidence, action, summary, and what runs them."""
