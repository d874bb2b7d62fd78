"""`make bench`: what the worker's main paths cost, as ratios within one run on one machine."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.bench import claims, evidence, page, queue, rendering, site

BENCHES: dict[str, Callable[[], None]] = {
    "page": page.main,
    "claims": claims.main,
    "queue": queue.main,
    "site": site.main,
    "evidence": evidence.main,
    "rendering": rendering.main,
}


def main(names: list[str]) -> None:
    """Run the named benches, or all."""
    for name in names or list(BENCHES):
        print(f"== {name}")
        BENCHES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
