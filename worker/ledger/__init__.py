"""Accountability: rows that say who did or saw what."""
