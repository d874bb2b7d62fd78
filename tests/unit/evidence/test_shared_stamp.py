"""Many bags under one timestamp: each can show its share with public tools, and nothing else can."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pymerkle
import pytest

from tests.services.tsa import LoopbackAuthority
from worker.evidence.bag import STAMP_FILES, STAMPED_PATH, STAMPED_ROOT, TAGMANIFEST, TIMESTAMP, sha256
from worker.evidence.shared_stamp import COMMANDS, check_stamp, follow, share, stamp_bags
from worker.evidence.timestamp import AuthorityUnreachable, TimestampWrong


def bags(count: int) -> list[bytes]:
    """The tagmanifests of some bags."""
    return [f"{sha256(str(number).encode())}  bag-info.txt\n".encode() for number in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 100])
def test_the_tree_is_that_of_rfc_6962(count: int) -> None:
    """Our root is the one that an independent implementation computes, and every bag's path leads to it."""
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for bag in bags(count):
        tree.append_entry(bytes.fromhex(sha256(bag)))
    shared = share(bags(count))
    assert shared.root.decode() == (
        f"Upstander shared timestamp 1\nbags {count}\nroot {tree.get_root().hex()}\n"
    )
    for bag, path in zip(bags(count), shared.paths, strict=True):
        follow(bag, path, shared.root)


def test_only_the_bags_that_were_stamped_have_a_share() -> None:
    """Another bag's path leads nowhere for this one: shares cannot be borrowed."""
    shared = share(bags(9))
    stranger = b"a bag that was made later\n"
    for path in shared.paths:
        with pytest.raises(TimestampWrong, match="not among those"):
            follow(stranger, path, shared.root)
    with pytest.raises(TimestampWrong, match="not among those"):
        follow(bags(9)[0], shared.paths[1], shared.root)


def test_an_inner_node_is_no_bag() -> None:
    """The bytes that an inner node hashes cannot be passed off as a bag that was stamped."""
    first, second = bags(2)
    shared = share([first, second])
    inner = b"".join(
        bytes.fromhex(line.split()[1]) for line in (*_lines(shared.paths[1]), *_lines(shared.paths[0]))
    )
    with pytest.raises(TimestampWrong):
        follow(b"\x01" + inner, b"", shared.root)
    with pytest.raises(TimestampWrong):
        follow(inner, b"", shared.root)


def _lines(path: bytes) -> list[str]:
    return path.decode().splitlines()


@pytest.mark.parametrize(
    ("path", "root"),
    [
        (b"left " + b"0" * 64, None),
        (b"middle " + b"0" * 64 + b"\n", None),
        (b"left " + b"0" * 63 + b"\n", None),
        (b"left " + b"G" * 64 + b"\n", None),
        (b"left " + b"0" * 64 + b"\r\n", None),
        (b"\n", None),
        (b"\xff\n", None),
        ((b"left " + b"0" * 64 + b"\n") * 41, None),
        (b"left " + b"0" * 64 + b"\n" * 100_000, None),
        (None, b""),
        (None, b"Upstander shared timestamp 2\nbags 3\nroot " + b"0" * 64 + b"\n"),
        (None, b"Upstander shared timestamp 1\nbags 0\nroot " + b"0" * 64 + b"\n"),
        (None, b"Upstander shared timestamp 1\nbags 3\nroot " + b"0" * 64 + b"\nmore\n"),
    ],
)
def test_files_that_are_not_written_as_they_must_be_are_refused(
    path: bytes | None, root: bytes | None
) -> None:
    """There is one way to write these files; whatever differs in any way is refused by name."""
    shared = share(bags(3))
    with pytest.raises(TimestampWrong, match="not written as it must be"):
        follow(bags(3)[0], shared.paths[0] if path is None else path, shared.root if root is None else root)


def test_few_bags_are_stamped_each_by_itself(tsa: LoopbackAuthority) -> None:
    """Below the limit each bag has a timestamp of its own, with nothing else to follow."""
    asked = tsa.queries
    stamped = list(stamp_bags(tsa.authority(), bags(2), share_from=3))
    assert tsa.queries == asked + 2
    for bag, made in zip(bags(2), stamped, strict=True):
        assert set(made.files) == {TIMESTAMP}
        assert check_stamp(bag, made.files, tsa.authority().roots) == made.token


def test_many_bags_share_one_timestamp(tsa: LoopbackAuthority) -> None:
    """From the limit on the authority is asked once for all of them, and every bag can show its share."""
    asked = tsa.queries
    stamped = list(stamp_bags(tsa.authority(), bags(5), share_from=5))
    assert tsa.queries == asked + 1
    for bag, made in zip(bags(5), stamped, strict=True):
        assert set(made.files) == set(STAMP_FILES)
        assert check_stamp(bag, made.files, tsa.authority().roots) == made.token == stamped[0].token


def test_what_was_stamped_before_an_outage_is_kept(tsa: LoopbackAuthority) -> None:
    """When the authority goes away between two bags, the first one's timestamp is there already."""
    stamps = stamp_bags(tsa.authority(), bags(2), share_from=3)
    assert next(stamps).token.serial
    tsa.server.stop()
    try:
        with pytest.raises(AuthorityUnreachable):
            next(stamps)
    finally:
        tsa.server.start()


def test_no_bag_needs_no_authority(tsa: LoopbackAuthority) -> None:
    """Where nothing waits, nobody is asked."""
    asked = tsa.queries
    assert list(stamp_bags(tsa.authority(), [], share_from=2)) == []
    assert tsa.queries == asked


@pytest.fixture(scope="module")
def shared_files(shared_authority: LoopbackAuthority) -> Mapping[str, bytes]:
    """What lies beside the third of seven bags."""
    return list(stamp_bags(shared_authority.authority(), bags(7), share_from=2))[2].files


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({TIMESTAMP}, TIMESTAMP),
        ({STAMPED_ROOT}, STAMPED_ROOT),
        ({STAMPED_PATH}, STAMPED_PATH),
        ({STAMPED_ROOT, STAMPED_PATH}, "over other bytes"),
    ],
)
def test_a_part_that_is_missing_is_named(
    missing: set[str], named: str, shared_files: Mapping[str, bytes], tsa: LoopbackAuthority
) -> None:
    """Deleting any of the files beside a bag is found and told by its name."""
    left = {name: content for name, content in shared_files.items() if name not in missing}
    with pytest.raises(TimestampWrong, match=re.escape(named)):
        check_stamp(bags(7)[2], left, tsa.authority().roots)


def _outsider(folder: Path, files: Mapping[str, bytes], ca: Path) -> subprocess.CompletedProcess[str]:
    """Run the documented commands in a bag's folder, with nothing but bash, coreutils and openssl to find."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    shutil.copy(ca, folder / "ca.pem")
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    for tool in ("sha256sum", "cut", "openssl"):
        found = shutil.which(tool)
        assert found is not None
        if not (tools / tool).exists():
            (tools / tool).symlink_to(found)
    bash = shutil.which("bash")
    assert bash is not None
    return subprocess.run(
        [bash, "-c", COMMANDS],
        cwd=folder,
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_outsider_verifies_a_share_with_public_tools(
    shared_files: Mapping[str, bytes], tsa: LoopbackAuthority, tmp_path: Path
) -> None:
    """The documented commands verify a bag's share in a timestamp without anything of ours."""
    ran = _outsider(tmp_path, {**shared_files, TAGMANIFEST: bags(7)[2]}, tsa.trial.ca)
    assert ran.returncode == 0, ran.stderr
    assert "Verification: OK" in ran.stdout


def _flip(content: bytes) -> bytes:
    # A digit of a hash, so that what is changed is still written as it must be.
    at = next(
        place for place in range(len(content) - 3, 0, -1) if content[place : place + 1] in b"0123456789"
    )
    return content[:at] + (b"1" if content[at : at + 1] == b"0" else b"0") + content[at + 1 :]


def _add_line(content: bytes) -> bytes:
    return content + b"right " + b"0" * 64 + b"\n"


def _end_early(content: bytes) -> bytes:
    return content.rpartition(b"right")[0] or content.rpartition(b"left")[0]


def _hostile(content: bytes) -> bytes:
    return content + b"left $(touch owned)%s%n`touch owned`\n"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (TAGMANIFEST, _flip),
        (STAMPED_PATH, _flip),
        (STAMPED_PATH, _add_line),
        (STAMPED_PATH, _end_early),
        (STAMPED_PATH, _hostile),
        (STAMPED_ROOT, _flip),
        (
            TIMESTAMP,
            lambda content: content.replace(b"2026", b"2025") if b"2026" in content else content[:-9],
        ),
    ],
)
def test_an_outsider_finds_a_changed_byte(
    name: str,
    change: Callable[[bytes], bytes],
    shared_files: Mapping[str, bytes],
    tsa: LoopbackAuthority,
    tmp_path: Path,
) -> None:
    """The same commands, and our own check, fail when any of the files was touched; none of it is run."""
    files = {**shared_files, TAGMANIFEST: bags(7)[2]}
    changed = change(files[name])
    assert changed != files[name]
    files[name] = changed
    ran = _outsider(tmp_path, files, tsa.trial.ca)
    assert ran.returncode != 0
    assert "Verification: OK" not in ran.stdout
    assert not (tmp_path / "owned").exists()
    with pytest.raises(TimestampWrong):
        check_stamp(files.pop(TAGMANIFEST), files, tsa.authority().roots)
