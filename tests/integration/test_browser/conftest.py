"""A sandbox, a site of the tests' own, and a renderer with a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.sandbox.server import Sandbox
from connectors.sandbox.things import Media
from tests.integration.test_browser.site import SAID, Site, serving, settings
from worker.clock import SystemClock
from worker.evidence.render.pool import Renderer


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    """A sandbox that is running."""
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A site of the tests' own."""
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def renderer(box: Sandbox, site: Site) -> Iterator[Renderer]:
    """The renderer that most tests share."""
    with Renderer(settings([box.web_url, site.address]), SystemClock()) as made:
        yield made


@pytest.fixture(scope="session")
def permalink(box: Sandbox) -> str:
    """The address of a comment with a picture."""
    world = box.world
    account = world.add_account("facebook", "northmoor")
    post = world.add_post(account, "Visiting hours change on Monday", posted_at=world.now())
    author = world.add_author("facebook", "passer.by")
    picture = Media("1", "photo", f"{box.web_url}/_sandbox/media/bus-stop.jpg", "a bus stop")
    comment = world.add_comment(
        account, SAID, post=post, author=author, posted_at=world.now(), kind="reply", media=(picture,)
    )
    page, _, number = post.id.partition("_")
    return f"{box.web_url}/{page}/posts/{number}?comment_id={comment.id.rpartition('_')[2]}"
