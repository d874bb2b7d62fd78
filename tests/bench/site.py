"""The review site over HTTP: the queue and a case, 20 reviewers at once, and how much a page weighs.

With a thousand comments and with a million, over a real PostgreSQL. The site and who asks it share one
machine and one process here, so that only the ratios say something about another machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from sqlalchemy import text

from tests.bench.claims import filled
from tests.flood import reviewers
from tests.services.postgres import PostgresServer, postgres_for_tests
from tests.web import PASSWORD, Browser, Site, site_over
from worker import log
from worker.ledger.audit import Actor
from worker.web import assets

TIMES, WARM, ALIKE, REVIEWERS, EACH = 40, 8, 50, 20, 6
#: Comments stored, cases that wait, cases that were decided.
Size = tuple[int, int, int]
SMALL, LARGE = (1_000, 1_000, 0), (1_000_000, 100_000, 100_000)
AIM = 1.5
_NOT_UPHELD = {"verdict": "not_upheld", "why_not": "criticism"}
Spread = tuple[float, float]


def main(large: Size = LARGE) -> None:
    """Measure and print the tables."""
    log.configure(level="error")
    with postgres_for_tests() as server, ExitStack() as stack:
        sites = [_site(stack, server, size) for size in (SMALL, large)]
        took = _alone(sites)
        print(f"p50 and p95 of {TIMES} over HTTP, milliseconds; aim: a ratio of at most {AIM}")
        print("  {:,} comments, {:,} waiting, {:,} decided".format(*SMALL), end=" against ")
        print("{:,} comments, {:,} waiting, {:,} decided".format(*large))
        for name, (few, many) in took.items():
            ratios = f"ratio {many[0] / few[0]:.2f} {many[1] / few[1]:.2f}"
            print(f"  {name:<24} {_told(few)} {_told(many)}  {ratios}")
        print(f"{REVIEWERS} reviewers at once, each {EACH} cases opened and decided, in the larger one")
        people = _reviewers(sites[1])
        for name, each in _together(people).items():
            print(f"  {name:<24} {_told(each)}")
        for name, weight in _weights(people[0]).items():
            print(f"  {name:<24} {weight / 1024:8.1f} KiB over the wire")


def _site(stack: ExitStack, server: PostgresServer, size: Size) -> Site:
    """The site over a database of a size."""
    scene = stack.enter_context(filled(server, *size, alike=ALIKE))
    folder = Path(stack.enter_context(TemporaryDirectory()))
    return stack.enter_context(site_over(scene.store, folder, scene=scene))


def _browser(site: Site, person: Actor, name: str) -> Browser:
    """A browser of a reviewer who is signed in."""
    assert person.person_id is not None
    made = site.app.sign_ins.create(site.scene.admin, person.person_id, name)
    signed = site.app.sign_ins.sign_in(made.user_name, made.password, None, "127.0.0.1")
    site.app.sign_ins.change_password(signed, made.password, PASSWORD)
    browser = site.stranger()
    browser.submit("/sign-in", "/sign-in", {"user_name": made.user_name, "password": PASSWORD})
    return browser


def _alone(sites: list[Site]) -> dict[str, tuple[Spread, Spread]]:
    """What each page takes with nobody else there, in turn: what the machine does happens to both."""
    browsers = [_browser(site, reviewers(site.scene, 1)[0], "the.first") for site in sites]
    names: dict[str, Callable[[Browser], object]] = {
        "queue": lambda browser: browser.get("/queue"),
        "next case, opened": lambda browser: browser.submit("/queue", "/queue/next"),
    }
    took: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in names}
    for _ in range(WARM + TIMES):
        for name, part in names.items():
            for site, browser, each in zip(sites, browsers, took[name], strict=True):
                began = time.perf_counter()
                part(browser)
                each.append(time.perf_counter() - began)
                with site.scene.store.write() as session:
                    session.execute(text("DELETE FROM claims"))
    return {name: (_spread(few[WARM:]), _spread(many[WARM:])) for name, (few, many) in took.items()}


def _together(people: list[Browser]) -> dict[str, Spread]:
    """What opening and deciding takes while many do it at once."""
    with ThreadPoolExecutor(REVIEWERS) as pool:
        all_took = list(pool.map(_work, people))
    opened = [seconds for took in all_took for seconds, _ in took]
    decided = [seconds for took in all_took for _, seconds in took]
    return {"next case, opened": _spread(opened), "decided, next one opened": _spread(decided)}


def _reviewers(site: Site) -> list[Browser]:
    """Browsers of many more reviewers, who are signed in."""
    with site.scene.store.write() as session:
        session.execute(text("UPDATE people SET name = name || ' (first)' WHERE name LIKE 'Reviewer %'"))
    people = reviewers(site.scene, REVIEWERS)
    return [_browser(site, person, f"reviewer.{number}") for number, person in enumerate(people)]


def _work(browser: Browser) -> list[tuple[float, float]]:
    """Work through some cases: seconds to open each, and to decide it with the next one opened."""
    took = []
    for _ in range(EACH):
        began = time.perf_counter()
        case = browser.submit("/queue", "/queue/next")
        opened = time.perf_counter()
        action = f"{case.path}/decide"
        browser.submit(case, action, _NOT_UPHELD, button="Decide and open the next case")
        took.append((opened - began, time.perf_counter() - opened))
    return took


def _weights(browser: Browser) -> dict[str, int]:
    """Bytes over the wire: of the queue and a case as they are packed, and of what all pages share, once."""
    found = {}
    for name, path in (("queue", "/queue"), ("a case", browser.submit("/queue", "/queue/next").path)):
        answer = browser.http.get(f"{browser.url}{path}", stream=True, timeout=60)
        found[name] = len(answer.raw.read(decode_content=False))
    shared = ("nhsuk-frontend.min.css", "nhsuk-frontend.min.js", "htmx.min.js", "site.css", "site.js")
    own = ("keys.js", "guide.js", "live.js")
    paths = [*(assets.address(name) for name in shared), *(f"/static/{name}" for name in own)]
    packed = [browser.http.get(f"{browser.url}{path}", stream=True, timeout=60) for path in paths]
    found["styles and scripts, once"] = sum(len(each.raw.read(decode_content=False)) for each in packed)
    return found


def _spread(seconds: list[float]) -> Spread:
    return median(seconds), quantiles(seconds, n=20)[-1]


def _told(spread: Spread) -> str:
    return f"{spread[0] * 1000:7.1f} {spread[1] * 1000:7.1f}"
