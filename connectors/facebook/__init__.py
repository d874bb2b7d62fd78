"""A Facebook Page: the comments under its posts, the answers to them, and visitors' posts."""
