"""X: the Trust's mentions, and the replies under its own posts."""
