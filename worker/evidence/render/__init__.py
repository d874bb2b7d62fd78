"""Rendering what a stranger sees: pages, pictures and media, in child processes, through a guard proxy."""
