"""The `upstander` command: thin over the stages."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave with its exit code: 0 done, 1 problem found, 2 wrong usage."""
    # Imported late, so that naming this function, as packaging does, loads nothing.
    from worker.cli.app import run

    run()
