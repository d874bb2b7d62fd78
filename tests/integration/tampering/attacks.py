"""What somebody does to sealed evidence, each with the words that tell of it. First with files alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.certificates import Website
from tests.integration.tampering.scene import Scene, redo_hashes, sign_again, stamp_again
from tests.unit.ledger.desk import make_keyring
from worker.evidence.bag import MANIFEST, SIGNATURE, TAGMANIFEST, TIMESTAMP

DAY = 86_400


class Attack(NamedTuple):
    """One attack.

    Attributes:
        words: what `upstander evidence verify` says of it; None where it can say nothing.
        database: whether it changes the database, and so is tried on both.
    """

    change: Callable[[Scene], None]
    words: str | None
    database: bool = False


def edit(bag: Path, name: str, old: bytes, new: bytes) -> None:
    """Replace bytes in a file."""
    content = (bag / name).read_bytes()
    assert old in content
    (bag / name).write_bytes(content.replace(old, new, 1))


def flipped(made: Scene) -> None:
    """One bit of the platform's reply."""
    file = made.bag() / "data/api-response.json"
    content = bytearray(file.read_bytes())
    content[20] ^= 1
    file.write_bytes(content)


def info_edited(made: Scene) -> None:
    """Another organisation's name."""
    edit(made.bag(), "bag-info.txt", b"Ashdown", b"Another")


def tagmanifest_removed_and_info_edited(made: Scene) -> None:
    """Without a tagmanifest, BagIt's own rules say nothing of bag-info."""
    (made.bag() / TAGMANIFEST).unlink()
    info_edited(made)


def forged(made: Scene) -> None:
    """Other words, and every hash made to fit."""
    edit(made.bag(), "data/polled-item.json", b"hurt", b"hug!")
    redo_hashes(made.bag())


def custody_forged(made: Scene) -> None:
    """Another time of capture, and every hash made to fit."""
    edit(made.bag(), "data/custody.json", b"2026-11-16T09:32", b"2026-11-15T09:32")
    redo_hashes(made.bag())


def forged_and_bared(made: Scene) -> None:
    """And signature and timestamp taken away."""
    forged(made)
    (made.bag() / SIGNATURE).unlink()
    (made.bag() / TIMESTAMP).unlink()


def forged_signed_by_another(made: Scene) -> None:
    """And signed with a key of one's own."""
    forged(made)
    sign_again(made.bag(), make_keyring(made.folder / "stranger", made.clock.now()), made)


def forged_signed_and_stamped(made: Scene) -> None:
    """And signed with the Trust's own key, which was stolen, and timestamped anew by the same authority."""
    forged(made)
    sign_again(made.bag(), made.keyring, made)
    stamp_again(made.bag(), made.grown.tsa)


def planted(name: str) -> Callable[[Scene], None]:
    """A file is put somewhere in the bag, or beside it."""

    def change(made: Scene) -> None:
        (made.bag() / name).write_bytes(b"planted")

    return change


def swapped(made: Scene) -> None:
    """Two bags, each whole, change places."""
    first, second, aside = made.bag(0), made.bag(2), made.bags / "aside"
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def replayed(made: Scene) -> None:
    """An older bag of the same case, whole, in the place of the newer one."""
    shutil.rmtree(made.bag(1))
    shutil.copytree(made.bag(0), made.bag(1))
    # The tools look at what lies in the first place: let it be the replayed bag there too.
    shutil.rmtree(made.bag(0))
    shutil.copytree(made.bag(1), made.bag(0))


def removed(name: str) -> Callable[[Scene], None]:
    """A file is taken away."""
    return lambda made: (made.bag() / name).unlink()


def bag_removed(made: Scene) -> None:
    """The whole bag is taken away."""
    shutil.rmtree(made.bag())


def signed_by_another(made: Scene) -> None:
    """The bag is as it was; its signature is a stranger's."""
    sign_again(made.bag(), make_keyring(made.folder / "stranger", made.clock.now()), made)


def signed_by_a_website(made: Scene) -> None:
    """The same, by somebody whose certificate the reader's machine trusts for the web."""
    website = Website(made.folder, made.clock.now())
    (made.bag() / SIGNATURE).write_bytes(website.sign((made.bag() / TAGMANIFEST).read_bytes()))


def stamp_of_another_bag(made: Scene) -> None:
    """A timestamp that holds, for other evidence."""
    shutil.copy(made.bag(2) / TIMESTAMP, made.bag(0) / TIMESTAMP)


def stamped_by_another(made: Scene) -> None:
    """An authority that nobody chose says when."""
    stamp_again(made.bag(), made.other_tsa)


def stamped_again(made: Scene) -> None:
    """The right authority, a later time."""
    stamp_again(made.bag(), made.grown.tsa)


def one_time_changed(made: Scene) -> None:
    """The disk says that one file is a day older."""
    file = made.bag() / "data/report.html"
    at = file.stat().st_mtime - DAY
    os.utime(file, (at, at))


def all_times_changed(made: Scene) -> None:
    """The disk says that all files are a day older, as after a copy."""
    for path in made.bag().rglob("*"):
        at = path.stat().st_mtime - DAY
        os.utime(path, (at, at))


def pipe(made: Scene) -> None:
    """A pipe in the signature's place: whoever opens it waits for ever."""
    (made.bag() / SIGNATURE).unlink()
    os.mkfifo(made.bag() / SIGNATURE)


def linked(made: Scene) -> None:
    """A link to the same bytes elsewhere, to be changed later."""
    file = made.bag() / "data/author.json"
    file.rename(made.folder / "author.json")
    file.symlink_to(made.folder / "author.json")


FILES: dict[str, Attack] = {
    "flip one bit of the payload": Attack(flipped, "'data/api-response.json' was altered"),
    "edit bag-info.txt": Attack(info_edited, "'bag-info.txt' was altered"),
    "delete the tagmanifest, edit bag-info.txt": Attack(
        tagmanifest_removed_and_info_edited, "tagmanifest-sha256.txt is missing"
    ),
    "forge the payload, redo the hashes": Attack(forged, "tagmanifest-sha256.txt.p7s does not hold"),
    "forge a custody line, redo the hashes": Attack(
        custody_forged, "tagmanifest-sha256.txt.p7s does not hold"
    ),
    "forge, redo the hashes, delete signature and timestamp": Attack(
        forged_and_bared, "tagmanifest-sha256.txt.p7s is missing: nobody signed this bag"
    ),
    "forge, sign with another key": Attack(forged_signed_by_another, "signed with another key"),
    "forge, sign with the stolen key, stamp again": Attack(
        forged_signed_and_stamped, "the bag's manifests are not those whose hashes the database holds"
    ),
    "plant a file in the payload": Attack(
        planted("data/note.txt"), "'data/note.txt' is not listed in manifest-sha256.txt: it was added"
    ),
    "plant a hidden file in the payload": Attack(
        planted("data/.note"), "'data/.note' is not listed in manifest-sha256.txt: it was added"
    ),
    "plant a file beside the payload": Attack(planted("note.txt"), "'note.txt' does not belong here"),
    "plant a file beside the bag": Attack(
        planted("../.note"), "2026/11/.note: no row of the database knows this bag"
    ),
    "plant a file beside the months": Attack(
        planted("../../note.txt"), "2026/note.txt: this does not belong in the evidence store"
    ),
    "put a link in a file's place": Attack(linked, "'data/author.json' is a link or a device"),
    "put a pipe in the signature's place": Attack(pipe, "'tagmanifest-sha256.txt.p7s' is a link or a device"),
    "swap two bags": Attack(swapped, "the bag says that it is another snapshot's"),
    "replay an older bag of the same case": Attack(replayed, "the bag says that it is another snapshot's"),
    "delete the signature": Attack(removed(SIGNATURE), "tagmanifest-sha256.txt.p7s is missing"),
    "delete the timestamp": Attack(
        removed(TIMESTAMP), "tagmanifest-sha256.txt.tsr is missing: the database says that it was stamped"
    ),
    "delete the manifest": Attack(removed(MANIFEST), "manifest-sha256.txt is missing"),
    "delete the bag": Attack(bag_removed, "there is no folder"),
    "sign with another key": Attack(signed_by_another, "signed with another key"),
    "sign with a website's certificate": Attack(signed_by_a_website, "signed with another key"),
    "put another bag's timestamp in its place": Attack(
        stamp_of_another_bag, "tagmanifest-sha256.txt.tsr does not hold"
    ),
    "stamp by another authority": Attack(stamped_by_another, "tagmanifest-sha256.txt.tsr does not hold"),
    "stamp again later": Attack(
        stamped_again, "tagmanifest-sha256.txt.tsr is not the one whose hash the database holds"
    ),
    "change a file's time": Attack(one_time_changed, "the time of 'data/report.html' was changed"),
    "change every file's time alike": Attack(all_times_changed, None),
}
