"""Folding of disguised text, always with an exact map back to what was written."""
