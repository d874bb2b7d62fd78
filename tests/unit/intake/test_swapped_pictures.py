"""A picture that is swapped is a new revision, also where the platform gives pictures no ids (promise 8)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from connectors.contract import Media
from connectors.facebook.parse import parse_comment, parse_visitor_post
from tests.unit.intake.conftest import THREAT, Bench, comment, page
from worker.evidence.standing import wording_meant
from worker.intake.screening import revision_hash
from worker.review.errors import RevisionChanged
from worker.store import tables as t

_PICTURE = (
    "https://scontent-lhr8-1.xx.fbcdn.example.test/v/t39.30808-6/1111_bad_n.jpg?_nc_cat=1&oh=00_a&oe=68"
)
#: The same picture in a later answer: other host, signed anew.
_SIGNED_ANEW = (
    "https://scontent-man2-1.xx.fbcdn.example.test/v/t39.30808-6/1111_bad_n.jpg?_nc_cat=1&oh=00_b&oe=69"
)
_OTHER = (
    "https://scontent-lhr8-1.xx.fbcdn.example.test/v/t39.30808-6/2222_kitten_n.jpg?_nc_cat=1&oh=00_a&oe=68"
)
_RELAY = (
    "https://external.xx.fbcdn.example.test/safe_image.php?d={}&url=https%3A%2F%2Fa.example.test%2F{}.jpg"
)


def _visitor_post(address: str) -> str:
    item: dict[str, Any] = {"id": "9001_77", "message": "look", "full_picture": address}
    return revision_hash(parse_visitor_post(item))


def _attachment(address: str) -> str:
    attached = {"type": "photo", "media": {"image": {"src": address}}}
    return revision_hash(parse_comment({"id": "77", "message": "look", "attachment": attached}, "9001_1"))


def test_a_swapped_picture_is_a_new_revision_with_its_own_address(bench: Bench) -> None:
    """What was looked at is what is copied: a mark on the first picture is refused once it was swapped."""
    shown, swapped = (Media(kind="photo", url=address) for address in (_PICTURE, _OTHER))
    bench.poll(
        page(comment("1", THREAT, media=(shown,))), page(comment("1", THREAT, media=(swapped,)), cursor="c2")
    )
    with bench.store.read() as session:
        case = session.scalars(select(t.Case)).one()
        first, second = session.scalars(select(t.Revision).order_by(t.Revision.number)).all()
        assert [each.media[0]["url"] for each in (first, second)] == [_PICTURE, _OTHER]
        assert wording_meant(session, case, "safe_to_copy", second.id) == second.id
        with pytest.raises(RevisionChanged):
            wording_meant(session, case, "safe_to_copy", first.id)


def test_an_address_that_is_signed_anew_is_no_new_revision(bench: Bench) -> None:
    """A platform signs each answer: without this every poll would be taken for an edit."""
    polled = (Media(kind="photo", url=address) for address in (_PICTURE, _SIGNED_ANEW, _PICTURE))
    bench.poll(*(page(comment("1", THREAT, media=(each,))) for each in polled))
    with bench.store.read() as session:
        assert len(session.scalars(select(t.Revision)).all()) == 1


@pytest.mark.parametrize("hash_of", [_visitor_post, _attachment])
def test_facebook_pictures_without_ids_are_told_apart(hash_of: Any) -> None:
    """A visitor's post and an attachment without a target have an address and nothing else."""
    assert hash_of(_PICTURE) != hash_of(_OTHER)
    assert hash_of(_PICTURE) == hash_of(_SIGNED_ANEW)


def test_pictures_that_a_platform_relays_are_told_apart() -> None:
    """All have one path; whose picture it is stands in the query, beside the signature."""
    assert _visitor_post(_RELAY.format("s1", "bad")) != _visitor_post(_RELAY.format("s1", "kitten"))
    assert _visitor_post(_RELAY.format("s1", "bad")) == _visitor_post(_RELAY.format("s2", "bad"))


def test_a_picture_with_an_id_is_known_by_it_alone() -> None:
    """An id lasts; where there is one, no address is believed to say more."""
    first, second = (
        comment("1", THREAT, media=(Media(kind="photo", url=each, external_id="3_77"),))
        for each in (_PICTURE, _OTHER)
    )
    assert revision_hash(first) == revision_hash(second)


@pytest.mark.parametrize(
    "address", ["", "//", "http://[", "?", "#", "no address", "http://a\n/b?\ud800", None]
)
def test_a_broken_address_is_hashed_like_any_other(address: str | None) -> None:
    """No address that a platform gives, however broken, stops its page."""
    item = comment("1", THREAT, media=(Media(kind="photo", url=address),))
    assert revision_hash(item) == revision_hash(item)
