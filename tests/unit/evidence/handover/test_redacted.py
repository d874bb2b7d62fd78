"""The redacted copy: nobody else can be found in it, whatever file is opened and however it spells them."""

from __future__ import annotations

import csv
import re
from base64 import b64encode
from html import unescape
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import quote

import pypdf
import pytest
from PIL import Image
from pypdf.generic import IndirectObject, StreamObject
from sqlalchemy import select

from tests.judging import beside
from tests.unit.evidence.handover.scene import OTHERS, SECOND, Scene, add, add_picture, photograph
from worker.errors import Conflict, EvidenceFault
from worker.evidence.handover.people import People, folded
from worker.evidence.handover.redact import Redactor, blacked_out
from worker.evidence.handover.request import Region
from worker.store import tables as t


def region(row: t.Snapshot, box: tuple[int, int, int, int] | None = (10, 20, 50, 30)) -> Region:
    """A part of the picture of a snapshot."""
    return Region(f"{row.case_id}-{row.id}/photo.jpg", box)


def spelt(name: str) -> list[bytes]:
    """A name in every encoding that a file of ours could hold it in, small letters throughout."""
    small = name.lower()
    return [
        small.encode(),
        small.encode("utf-16-le"),
        small.encode("utf-16-be"),
        quote(small, safe="").encode().lower(),
        "".join(f"&#{ord(letter)};" for letter in small).encode(),
        small.encode().hex().encode(),
    ]


def in_base64(name: str) -> list[bytes]:
    """A name as base64 has it, wherever in a text it begins."""
    if len(name) < 6:
        return []
    found = [b64encode(b"\0" * skipped + name.encode()) for skipped in range(3)]
    return [encoded[4 if skipped else 0 : -4] for skipped, encoded in enumerate(found)]


def readings(path: Path) -> list[bytes]:
    """Everything that a file says: its bytes, and what programs show of it."""
    content = path.read_bytes()
    found = [content]
    if path.suffix in {".html", ".csv"}:
        shown = unescape(
            re.sub(r"<style>.*?</style>|<[^>]*>", " ", content.decode("utf-8-sig"), flags=re.DOTALL)
        )
        found.append(" ".join(shown.split()).encode())
    if path.suffix == ".pdf":
        pages = pypdf.PdfReader(BytesIO(content))
        shown = " ".join(page.extract_text() for page in pages.pages).replace("\0", "")
        found += [" ".join(shown.split()).encode(), str(pages.metadata).encode()]
        found += streams(pages)
    return found


def streams(pages: pypdf.PdfReader) -> list[bytes]:
    """Every stream in a PDF, unpacked: pages, fonts, pictures, metadata."""
    numbers = range(1, len(pages.xref[0]) + 1)
    found = [pages.get_object(IndirectObject(number, 0, pages)) for number in numbers]
    return [each.get_data() for each in found if isinstance(each, StreamObject)]


def leaks(folder: Path) -> list[tuple[str, str]]:
    """Each other person that any file of a folder gives away."""
    names = (*OTHERS, "Kim Kind", "JANE", "elsewhere", SECOND, "07700 900123", "third.party/1")
    return [
        (path.name, name)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for content in readings(path)
        for name in names
        if any(spelling in content.lower() for spelling in spelt(name))
        or any(spelling in content for spelling in in_base64(name))
    ]


def test_nobody_else_is_in_any_file_of_the_copy(scene: Scene) -> None:
    """Every byte of every file, and what it shows, is free of each other person's name, handle and id."""
    core = add(scene, "17003")
    picture = add_picture(scene, core, "photo.jpg", photograph())
    with scene.store.write() as session:
        reason = "A threat to Nurse Jane Doe, as Kim Kindly (@kind_person) and Sam Elder say"
        row = session.scalars(select(t.Decision).limit(1)).one()
        session.add(
            t.Decision(
                case_id=row.case_id, revision_id=row.revision_id, person_id=row.person_id, verdict="upheld",
                severity="serious", reason=reason, supersedes_id=row.id, decided_at=row.decided_at,
                **beside("upheld"),
            )
        )  # fmt: skip
    folder = scene.unpacked(scene.redacted(regions=(region(picture),)))
    assert leaks(folder) == []
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == [
        "SHA256SUMS", "SHA256SUMS.p7s", "picture-1.png", "redacted-copy.html", "redacted-copy.pdf",
        "redactions.csv", "redactions.html",
    ]  # fmt: skip
    page = (folder / "redacted-copy.html").read_text(encoding="utf-8")
    assert "It is not the original evidence" in page
    assert "rude_person" in page
    assert "A threat to Person " in page
    assert leaks(scene.world.bags) != [], "the search finds what is there to be found"


def test_what_came_of_an_action_names_nobody_else(scene: Scene) -> None:
    """A platform's words about an action may name others: they become letters, as everywhere."""
    add(scene, "17003")
    with scene.store.write() as session:
        asked = session.scalars(select(t.RequestedAction).order_by(t.RequestedAction.id)).all()[-1]
        asked.state, asked.finished_at = "refused", scene.world.clock.now()
        asked.detail = "Refused: kind_person (Kim Kindly) owns the thread"
    folder = scene.unpacked(scene.redacted())
    assert leaks(folder) == []
    assert "owns the thread" in (folder / "redacted-copy.html").read_text(encoding="utf-8")


def test_the_same_person_is_the_same_letter(scene: Scene) -> None:
    """A handle, an id, a name and a mention of one person become one letter, all through the copy."""
    add(scene, "17003")
    page = (scene.unpacked(scene.redacted()) / "redacted-copy.html").read_text(encoding="utf-8")
    words = unescape(re.sub(r"<[^>]*>", "", page))
    assert (
        words.count("hurt you, Person E. ask Person A or Person A, see [address removed] or [number removed]")
        == 2
    )
    assert (
        words.count("Person B told me, Person A. Person B asked Person A and rude_person: kindly wait") == 2
    )


def test_what_was_taken_out_is_listed_without_saying_what(scene: Scene) -> None:
    """The list says where, how often, and what stands there now."""
    folder = scene.unpacked(scene.redacted())
    rows = list(csv.reader(StringIO((folder / "redactions.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["where", "written instead", "how often"]
    case_id = scene.cases[0]
    assert [f"case {case_id}", "[number removed]", "1"] in rows
    assert [f"case {case_id}, another's words", "Person A", "2"] in rows


def test_an_author_who_is_not_kept_is_a_letter_too(scene: Scene) -> None:
    """Without a name to keep, the author is replaced like everybody else."""
    page = (scene.unpacked(scene.redacted(keep=())) / "redacted-copy.html").read_text(encoding="utf-8")
    assert "rude_person" not in page
    assert "R. Person" not in page
    assert "<dt>Written by</dt><dd><bdi>Person A</bdi>" in page


def test_the_originals_are_untouched(scene: Scene) -> None:
    """Making a redacted copy changes no byte of the evidence."""
    core = add(scene, "17003")
    picture = add_picture(scene, core, "photo.jpg", photograph())
    files = [path for path in scene.world.bags.rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    scene.made(scene.redacted(regions=(region(picture),)))
    assert {path: path.read_bytes() for path in files} == before


def test_what_is_blacked_out_is_black_and_nothing_says_where_it_was_taken(tmp_path: Path) -> None:
    """The part is black pixels in a picture drawn anew; place, camera, comment and thumbnail are gone."""
    source = tmp_path / "photo.jpg"
    source.write_bytes(photograph("red"))
    made = blacked_out(source, [(10, 20, 50, 30)])
    with Image.open(BytesIO(made)) as picture:
        assert picture.format == "PNG"
        assert picture.size == (200, 100)
        assert picture.crop((10, 20, 60, 50)).getcolors() == [(1500, (0, 0, 0))]
        assert (0, 0, 0) not in {colour for _, colour in picture.crop((0, 0, 200, 20)).getcolors() or ()}
        assert picture.info == {}
        assert not picture.getexif()
    assert b"Kim" not in made
    assert b"kind_person" not in made


def test_a_turned_picture_is_blacked_out_where_it_is_seen(tmp_path: Path) -> None:
    """A camera's note to turn the picture is obeyed first: parts are counted as a person sees them."""
    turned = Image.Exif()
    turned[0x0112] = 6
    picture = Image.new("RGB", (40, 20), "white")
    picture.putpixel((0, 0), (255, 0, 0))
    source = tmp_path / "turned.png"
    picture.save(source, "PNG", exif=turned)
    with Image.open(BytesIO(blacked_out(source, [(19, 0, 1, 1)]))) as made:
        assert made.size == (20, 40)
        assert sorted(made.getcolors() or ()) == [(1, (0, 0, 0)), (799, (255, 255, 255))]


@pytest.mark.parametrize("box", [(190, 0, 20, 10), (0, 95, 10, 10)])
def test_a_part_outside_the_picture_stops_the_copy(scene: Scene, box: tuple[int, int, int, int]) -> None:
    """A mistake in the numbers must not leave a face uncovered: nothing is made."""
    picture = add_picture(scene, add(scene, "17003"), "photo.jpg", photograph())
    with pytest.raises(EvidenceFault, match="lies outside it"):
        scene.made(scene.redacted(regions=(region(picture, box),)))
    assert not list(scene.folder.glob("exports/*"))


def test_no_other_file_than_a_picture_gets_out_as_one(scene: Scene) -> None:
    """A reply, a file that is not there, a way out of the bag, another case's picture: nothing is made."""
    core = add(scene, "17003")
    for file in (
        f"{core.case_id}-{core.id}/api-response.json",
        f"{core.case_id}-{core.id}/none.png",
        "99-99/a.png",
    ):
        with pytest.raises(EvidenceFault):
            scene.made(scene.redacted(regions=(Region(file, None),)))
    for text in (
        "../../etc/passwd",
        "2-2/../../x.png",
        "/etc/passwd",
        "2-2/a.png:1,2,3",
        "2-2/a.png:0,0,0,5",
    ):
        with pytest.raises(Conflict):
            Region.parse(text)
    assert Region.parse("bags/2-2/data/media/a.png:1,2,3,4") == Region("2-2/media/a.png", (1, 2, 3, 4))
    assert Region.parse("2-2/a.png") == Region("2-2/a.png", None)


def test_an_intimate_picture_is_in_no_redacted_copy(scene: Scene) -> None:
    """Even where the case is meant to be handed over, its pictures are not drawn anew for a copy."""
    core = add(scene, "17003")
    picture = add_picture(scene, core, "photo.jpg", photograph())
    scene.mark(core.comment_id, "intimate_image")
    with pytest.raises(EvidenceFault, match="intimate"):
        scene.made(scene.redacted(regions=(region(picture),), intimate=True))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("@Kind_Person, KIND_PERSON and kind\u200b_person", "Person A, Person A and Person A"),
        ("Jane   Mary\nDoe, Jane, doe, Doe", "Person B, Person B, doe, Person B"),
        ("Will you ask Will? will", "Person C you ask Person C? will"),
        ("id 9a887766x", "id Person Bx"),
        ("bo bob @bo", "Person D bob Person D"),
        ("me@mail.example.test +44 7700 900 123", "[e-mail removed] [number removed]"),
        ("www.x.example.test/jdoe 07700900123", "[address removed] [number removed]"),
        ("nobody at all, 12 hours, 2026", "nobody at all, 12 hours, 2026"),
        ("\u0421\u043c\u0435\u0440\u0442\u044c Person A", "\u0421\u043c\u0435\u0440\u0442\u044c Person A"),
        ("", ""),
    ],
)  # fmt: skip
def test_names_are_found_however_they_are_written(words: str, expected: str) -> None:
    """Case, lookalikes, hidden characters, blanks and parts of a name hide nobody; other words stay."""
    people = People(folded(["rude_person"]))
    people.meet("a-2", "kind_person")
    people.meet("9a887766", "Jane Mary Doe", "jdoe")
    people.meet(None, "Will Smith")
    people.meet(None, "bo")
    people.meet("a-1", "rude_person")
    assert Redactor(people.labels()).words(words, "here") == expected


def test_two_people_of_one_name_stay_two() -> None:
    """Sharing a name with the one it is about uncovers nobody else; to keep a name of two is refused."""
    people = People(folded(["id-1"]))
    people.meet("id-1", "Jane Doe", "jdoe1")
    people.meet("id-2", "Jane Doe", "jdoe2")
    people.mentioned("@jdoe2 and @jdoe3")
    labels = people.labels()
    assert (labels["id-2"], labels["jdoe2"], labels["jdoe3"]) == ("Person A", "Person A", "Person B")
    assert "jdoe1" not in labels
    both = People(folded(["Jane Doe"]))
    both.meet("id-1", "Jane Doe", "jdoe1")
    both.meet("id-2", "Jane Doe", "jdoe2")
    with pytest.raises(EvidenceFault, match="Several people"):
        both.labels()
