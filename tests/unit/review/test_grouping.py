"""Cases that belong together find each other when they open, at a cost that does not grow with the flood."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from tests.quiet import statements
from tests.unit.review.scene import Scene, write_revision
from worker.review.opening import Opening
from worker.review.pictures import note_pictures
from worker.review.together import Groups
from worker.store import tables as t

INSULT = "Nurse Kelly Hargreaves on ward 7 is a lazy thieving cow who should be sacked"
OTHER = "The receptionist at the front desk deserves everything that is coming to him, rat"


def _groups(scene: Scene) -> dict[str, list[int]]:
    """The waiting members of each group, as a reviewer sees them, by the group's kind."""
    groups = Groups(scene.store, scene.clock)
    return {
        row.kind: sorted(each.case_id for each in groups.show(scene.reviewer, row.group_id).members)
        for row in groups.rows(scene.reviewer)
    }


def _author(scene: Scene, name: str) -> int:
    with scene.store.write() as session:
        author = t.Author(platform="facebook", external_id=name, handle=name, first_seen_at=scene.clock.now())
        session.add(author)
        session.flush()
        return author.id


def _by(scene: Scene, name: str, text: str, *, picture: str | None = None) -> int:
    """A case of another author, under no post, with a picture of this number; the case's number."""
    comment_id, revision_id = scene.comment(name, text)
    with scene.store.write() as session:
        comment = session.get_one(t.Comment, comment_id)
        comment.author_id, comment.post_id = None, None
        session.flush()
        if picture is not None:
            revision_id = write_revision(session, comment_id, text, scene.clock.now(), pictures=(picture,))
    return scene.open(Opening(comment_id, revision_id, "serious", 50))[comment_id]


def test_cases_of_one_author_belong_together(scene: Scene) -> None:
    """A second open case of an author begins a group, a third joins it; a decided one waits there no more."""
    first, _, revision = scene.case("1", INSULT)
    assert _groups(scene) == {}
    second, *_ = scene.case("2", OTHER)
    third, *_ = scene.case("3", "words of quite another kind, about parking")
    assert _groups(scene) == {"author": [first, second, third]}
    scene.upheld(first, revision)
    assert _groups(scene) == {"author": [second, third]}


def test_the_same_words_in_other_clothes_belong_together(scene: Scene) -> None:
    """Case, spaces, lookalike letters, emoji and a few words more do not keep a text from its group."""
    like = [
        _by(scene, "1", INSULT),
        _by(scene, "2", INSULT.upper().replace("LAZY", "L.A.Z.Y") + " \U0001f602\U0001f602"),
        _by(scene, "3", INSULT.replace("e", "е").replace("a", "а")),  # Cyrillic
        _by(scene, "4", f"{INSULT}, share this"),
    ]
    _by(scene, "5", OTHER)
    _by(scene, "6", "Nurse Kelly Hargreaves on ward 7 is a wonderful woman who should be thanked")
    assert _groups(scene) == {"text": like}


def test_by_its_words_a_case_belongs_only_while_it_says_them(scene: Scene) -> None:
    """An edit takes a case out of the group of its old words and puts it into that of its new ones."""
    first = _by(scene, "1", INSULT)
    second = _by(scene, "2", INSULT)
    third = _by(scene, "3", OTHER)
    with scene.store.read() as session:
        comment_id = session.get_one(t.Case, second).comment_id
    assert _groups(scene) == {"text": [first, second]}
    scene.open(Opening(comment_id, scene.edit(comment_id, OTHER), "serious", 50))
    assert _groups(scene) == {"text": [second, third]}


def test_the_same_picture_belongs_together(scene: Scene) -> None:
    """Cases on which the platform's same picture hangs are one group, whatever their words."""
    cases = [_by(scene, "1", INSULT, picture="m1"), _by(scene, "2", OTHER, picture="m1")]
    _by(scene, "3", "something else altogether, said once", picture="m2")
    assert _groups(scene) == {"picture": cases}


def test_a_burst_under_one_post_is_a_group_while_it_lasts(scene: Scene) -> None:
    """Five cases under a post within the time are a burst; a straggler joins, a case hours later does not."""
    cases = []
    for number in range(6):
        comment_id, revision_id = scene.comment(str(number), f"{number} unlike words {'abcdef'[number] * 2}")
        with scene.store.write() as session:
            session.get_one(t.Comment, comment_id).author_id = _author(scene, f"author{number}")
        cases.append(scene.open(Opening(comment_id, revision_id, "serious", 50))[comment_id])
        assert ("thread" in _groups(scene)) is (number >= 4)
        scene.clock.move(timedelta(minutes=2))
    assert _groups(scene)["thread"] == cases
    scene.clock.move(timedelta(hours=5))
    scene.case("late", OTHER)
    assert _groups(scene)["thread"] == cases


def test_a_pile_on_costs_the_same_for_each_page(scene: Scene) -> None:
    """300 like comments of one author under one post: the third page asks no more than the second."""
    counts: list[int] = []
    for page in range(3):
        openings = [
            Opening(*scene.comment(f"{page}.{n}", f"{INSULT} {page}{n}"), "serious", 50) for n in range(100)
        ]
        with statements(scene.store) as sent:
            scene.open(*openings)
        counts.append(len(sent))
    assert counts[2] <= counts[1] < 40
    with scene.store.read() as session:
        leads = session.scalars(select(t.TextLead.revision_id)).all()
        members = session.scalars(select(t.GroupMember.group_id)).all()
    assert len(leads) < 5, "nearly every text follows the first"
    assert len(members) >= 890


def test_what_has_no_letters_is_like_nothing(scene: Scene) -> None:
    """A comment without words, or of emoji alone, is compared with nothing."""
    for number, text in enumerate((None, "\U0001f602\U0001f602", "!?")):
        comment_id, revision_id = scene.comment(str(number), text)
        scene.open(Opening(comment_id, revision_id, "serious", 50))
    assert scene.count(t.TextLead) == 0


def _captured(scene: Scene, case_id: int, pdq: str) -> None:
    with scene.store.write() as session:
        revision_id = session.get_one(t.Case, case_id).revision_id
        note_pictures(session, case_id, revision_id, [pdq], now=scene.clock.now())


def test_captured_pictures_that_look_the_same_belong_together(scene: Scene) -> None:
    """Up to 31 of 256 bits apart two pictures are one; captured again, a picture is not counted again."""
    cases = [_by(scene, str(number), text) for number, text in enumerate(("a b c", INSULT, OTHER))]
    for case_id, pdq in zip(cases, ("f" * 64, "f" * 57 + "0" * 7, "f" * 48 + "0" * 16), strict=True):
        _captured(scene, case_id, pdq)
        _captured(scene, case_id, pdq)
    assert _groups(scene) == {"picture": cases[:2]}
    assert scene.count(t.PicturePrint) == 3


def test_suspected_abuse_imagery_is_compared_with_nothing(scene: Scene) -> None:
    """How such a picture looks is neither kept from then on nor held against any other (promise 8)."""
    first, second, third = (
        _by(scene, str(number), text) for number, text in enumerate(("a b c", INSULT, OTHER))
    )
    _captured(scene, first, "f" * 64)
    with scene.store.write() as session:
        for case_id in (first, second):
            session.get_one(t.Case, case_id).restriction = "imagery"
    for case_id in (second, third):
        _captured(scene, case_id, "f" * 64)
    assert _groups(scene) == {}
    with scene.store.read() as session:
        assert session.scalars(select(t.PicturePrint.case_id)).all() == [first, third]
