"""Every way of tampering with sealed evidence: found, and by whom, as docs/tampering-table.md says."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.tampering.attacks import FILES, Attack
from tests.integration.tampering.detectors import NAMES, own, survey, tools
from tests.integration.tampering.rewriting import ROWS
from tests.integration.tampering.scene import Grown, Scene, copied_sqlite, grow, scene
from tests.integration.tampering.table import heading, line, lines
from tests.services.tsa import LoopbackAuthority, running_authority
from tests.services.warm import PROGRAMS, UPSTANDER
from tests.stores import postgres_store, sqlite_store

ATTACKS: dict[str, Attack] = FILES | ROWS
ON_BOTH = [
    (kind, name)
    for name, attack in ATTACKS.items()
    for kind in (("sqlite", "postgresql") if attack.database else ("sqlite",))
]


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LoopbackAuthority, ...]]:
    """The timestamp authority that is believed, and another."""
    folders = (tmp_path_factory.mktemp("tsa"), tmp_path_factory.mktemp("other-tsa"))
    with running_authority(folders[0]) as first, running_authority(folders[1]) as second:
        yield first, second


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def grown(
    request: pytest.FixtureRequest,
    authorities: tuple[LoopbackAuthority, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Grown]:
    """Evidence as it should be, on either database."""
    folder, tsa = tmp_path_factory.mktemp("grown"), authorities[0]
    if request.param == "sqlite":
        store = sqlite_store(folder)
        ids, clock = grow(store, folder, tsa)
        store.close()
        yield Grown(folder, ids, clock, tsa, copied_sqlite(folder / "upstander.db"))
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    with server.database(template=template.name) as database:
        store = postgres_store(database)
        ids, clock = grow(store, folder, tsa)
        store.close()

        @contextmanager
        def copy(_folder: Path) -> Iterator[tuple[str, str]]:
            with server.database(template=database.name) as copied:
                yield copied.app_url, copied.owner_url

        yield Grown(folder, ids, clock, tsa, copy)


@pytest.fixture
def made(grown: Grown, authorities: tuple[LoopbackAuthority, ...], tmp_path: Path) -> Iterator[Scene]:
    """A copy of it, to be tampered with."""
    with scene(grown, tmp_path, authorities[1]) as opened:
        yield opened


def test_untouched_evidence_is_whole(made: Scene) -> None:
    """So that what is found below is found for its own reason: nobody finds anything here."""
    assert survey(made) == []
    assert not any((own(made) | tools(made)).values())


@pytest.mark.parametrize(("grown", "name"), ON_BOTH, indirect=["grown"])
def test_tampering_is_found_by_name(made: Scene, name: str) -> None:
    """Each attack is found by those who find it in the documented table, and called what it is."""
    attack = ATTACKS[name]
    before = _content(made.bag())
    attack.change(made)
    said = survey(made)
    if attack.words is None:
        assert said == []
    else:
        assert any(attack.words in each for each in said), said
    touched = _content(made.bag()) != before
    looked = own(made) | (tools(made) if touched else dict.fromkeys(NAMES[4:], False))
    assert line(name, attack, looked) in lines()


def test_the_page_tells_of_these_attacks_and_no_others() -> None:
    """A line that no test stands behind would be a promise that nobody keeps."""
    told = [each.split(" | ")[0].removeprefix("| ") for each in lines()[2:]]
    assert told == list(ATTACKS)
    assert lines()[:2] == heading().splitlines()


def test_only_what_somebody_else_holds_shows_the_last_attack(made: Scene) -> None:
    """With all keys and all rights the house is consistent again: what was published contradicts it."""
    ATTACKS["the same, and sign the checkpoints with the stolen key"].change(made)
    assert survey(made) == []
    shutil.rmtree(made.published)
    made.published.mkdir()
    assert made.book.verify(published_dir=made.published).ok


@pytest.mark.parametrize("grown", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["forge the payload, redo the hashes", "edit the row's hashes"])
def test_the_command_says_it_and_leaves_with_1(made: Scene, name: str) -> None:
    """What the stage finds is what the person at the command line reads, in words and as JSON."""
    data = made.folder / "data"
    data.mkdir()
    environ = {
        **{key: value for key, value in os.environ.items() if not key.startswith("UPSTANDER_")},
        "UPSTANDER_DATA_DIR": str(data),
        "UPSTANDER_KEYS_DIR": str(made.keyring.folder),
        "UPSTANDER_EVIDENCE__TSA_URL": made.grown.tsa.server.url,
        "UPSTANDER_EVIDENCE__TSA_CA_FILE": str(made.grown.tsa.trial.ca.resolve()),
    }
    attack, verify = ATTACKS[name], [*UPSTANDER, "evidence", "verify"]
    attack.change(made)
    made.store.close()
    made.bags.rename(data / "evidence")
    (made.folder / "upstander.db").rename(data / "upstander.db")
    ran = PROGRAMS.run([*verify, "--all", "--as", "Bo Larch"], environ=environ, patience=60)
    assert ran.returncode == 1, ran.stderr
    assert attack.words is not None
    assert attack.words in " ".join(ran.stdout.split())
    bag = str(data / "evidence" / made.places[0])
    ran = PROGRAMS.run([*verify, "--bag", bag, "--json"], environ=environ, patience=60)
    assert (ran.returncode, json.loads(ran.stdout)["ok"]) == ((0, True) if attack.database else (1, False))


def _content(bag: Path) -> dict[str, object]:
    """All that is in a bag: what a tool could find different."""
    if not bag.is_dir():
        return {}
    return {
        path.relative_to(bag).as_posix(): path.read_bytes() if path.is_file() else path.lstat().st_mode
        for path in bag.rglob("*")
    }
