"""Sealed snapshots get a trusted timestamp, without anything ever waiting for it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.services.tsa import LoopbackAuthority
from tests.unit.evidence.world import World, actor, add_case, done
from worker.errors import EvidenceFault, NotYet
from worker.evidence import stamping
from worker.evidence.bag import SIGNATURE, STAMPED_PATH, STAMPED_ROOT, TAGMANIFEST, TIMESTAMP, sha256
from worker.evidence.sidecars import Trust, check_sidecars
from worker.evidence.stamping import Stamping
from worker.evidence.survey import Surveyor
from worker.evidence.verify import verify_bag
from worker.keyring import Keyring
from worker.store import tables as t


def trust_of(world: World, tsa: LoopbackAuthority) -> Trust:
    """The Trust's own certificates, and this authority's."""
    roots = tsa.authority().roots
    return Trust(world.evidence.surveyor.trust.certificates, lambda: roots)


def stamping_of(world: World, tsa: LoopbackAuthority, *, share_from: int = 5) -> Stamping:
    """A stamping stage over a world's bags, asking this authority."""
    return Stamping(
        world.store,
        world.clock,
        world.evidence.shelf,
        trust_of(world, tsa),
        lambda: tsa.authority(timeout_seconds=5),
        share_from,
        world.evidence.sealing.steps,
    )


def surveyor_of(world: World, tsa: LoopbackAuthority) -> Surveyor:
    """One that expects a timestamp within the hour."""
    return Surveyor(
        world.store,
        world.evidence.shelf,
        trust_of(world, tsa),
        world.clock,
        stamps=True,
        stamp_minutes=60,
    )


def problems(world: World, tsa: LoopbackAuthority) -> tuple[str, ...]:
    """Everything that a survey finds wrong."""
    results = surveyor_of(world, tsa).survey(
        case_id=None, pending_minutes=15, progress=lambda _done, _of: None
    )
    return tuple(problem for result in results for problem in result.problems)


def stamps(world: World) -> list[t.Timestamp]:
    """The rows of all timestamps."""
    with world.store.read() as session:
        return list(session.scalars(select(t.Timestamp).order_by(t.Timestamp.snapshot_id)))


def sealed_bags(world: World, count: int) -> list[Path]:
    """So many sealed snapshots, the world's own first."""
    ids = [world.snapshot_id] + [add_case(world.store, f"1800{number}")[1] for number in range(1, count)]
    for snapshot_id in ids:
        world.evidence.capture(snapshot_id, done)
    return [world.bags / (world.row(snapshot_id).bag or "") for snapshot_id in ids]


def test_a_sealed_snapshot_gets_its_own_timestamp(any_world: World, tsa: LoopbackAuthority) -> None:
    """One that waits alone is stamped directly, is still whole, and its row names the very token."""
    (bag,) = sealed_bags(any_world, 1)
    stamping_of(any_world, tsa).run(done)
    (stamp,) = stamps(any_world)
    assert stamp.token_sha256 == sha256((bag / TIMESTAMP).read_bytes())
    assert not stamp.shared
    assert not (bag / STAMPED_ROOT).exists()
    assert verify_bag(bag).ok
    assert problems(any_world, tsa) == ()
    assert [detail["token_sha256"] for detail in any_world.audits("timestamped")] == [stamp.token_sha256]


def test_many_share_one_timestamp(any_world: World, tsa: LoopbackAuthority) -> None:
    """When many wait, the authority is asked once, and each bag carries its own way to what was stamped."""
    bags = sealed_bags(any_world, 4)
    before = tsa.queries
    stamping_of(any_world, tsa, share_from=3).run(done)
    assert tsa.queries == before + 1
    assert [stamp.shared for stamp in stamps(any_world)] == [True] * 4
    assert len({(bag / STAMPED_PATH).read_bytes() for bag in bags}) == 4
    assert problems(any_world, tsa) == ()
    # One bag's way does not lead there from another bag.
    bags[0].chmod(0o755)
    (bags[0] / STAMPED_PATH).unlink()
    shutil.copy(bags[1] / STAMPED_PATH, bags[0] / STAMPED_PATH)
    (found,) = problems(any_world, tsa)
    assert "tagmanifest-sha256.txt.tsr does not hold" in found


@pytest.mark.parametrize("trouble", ["rejects", "wrong nonce", "other message", "garbage", "giant"])
def test_an_authority_in_trouble_stamps_nothing(
    world: World, tsa: LoopbackAuthority, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it answers is not believed, nothing lies beside the bag, and the job is tried again."""
    (bag,) = sealed_bags(world, 1)
    monkeypatch.setattr(tsa, "trouble", trouble)
    with pytest.raises(NotYet):
        stamping_of(world, tsa).run(done)
    assert not (bag / TIMESTAMP).exists()
    assert stamps(world) == []


def test_an_authority_that_is_away_delays_only_the_timestamp(world: World, tsa: LoopbackAuthority) -> None:
    """While it is away, a receipt is still given; pending is said after an hour; then it is made up for."""
    (bag,) = sealed_bags(world, 1)
    stage = stamping_of(world, tsa)
    tsa.server.stop()
    try:
        with pytest.raises(NotYet, match="no answer"):
            stage.run(done)
        world.evidence.receipt_for(world.snapshot_id, world.request(), actor(world.store))
        assert problems(world, tsa) == ()
        world.clock.move(timedelta(minutes=61))
        (late,) = problems(world, tsa)
        assert late.startswith("timestamp: pending since")
    finally:
        tsa.server.start()
    stage.run(done)
    assert (bag / TIMESTAMP).exists()
    assert problems(world, tsa) == ()


def test_a_stamp_that_was_not_entered_is_found_again(world: World, tsa: LoopbackAuthority) -> None:
    """A process that died between file and row leaves a stamp that the next one enters, without asking."""
    sealed_bags(world, 1)

    class Died(Exception):
        pass

    def dies(name: str) -> None:
        if name == "stamp.put":
            raise Died

    stage = stamping_of(world, tsa)
    with pytest.raises(Died):
        Stamping(
            stage.store, stage.clock, stage.shelf, stage.trust, stage.authority, stage.share_from, dies
        ).run(done)
    assert stamps(world) == []
    before = tsa.queries
    stage.run(done)
    assert tsa.queries == before
    (stamp,) = stamps(world)
    assert stamp.clock_offset is None
    assert problems(world, tsa) == ()


def test_half_a_stamp_is_made_anew(world: World, tsa: LoopbackAuthority) -> None:
    """A timestamp file that does not hold is replaced before anything is entered."""
    (bag,) = sealed_bags(world, 1)
    bag.chmod(0o755)
    (bag / TIMESTAMP).write_bytes(b"half")
    stamping_of(world, tsa).run(done)
    assert problems(world, tsa) == ()
    assert len(stamps(world)) == 1


def test_an_altered_bag_is_not_lent_a_timestamp(world: World, tsa: LoopbackAuthority) -> None:
    """A tagmanifest that is not the sealed one gets no stamp, and others do."""
    first, second = sealed_bags(world, 2)
    (first / TAGMANIFEST).chmod(0o644)
    (first / TAGMANIFEST).write_bytes(b"another\n")
    stamping_of(world, tsa).run(done)
    assert not (first / TIMESTAMP).exists()
    assert (second / TIMESTAMP).exists()


def test_altered_bags_keep_no_other_from_its_timestamp(
    world: World, tsa: LoopbackAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many cannot be stamped, what was sealed after them is; nor do they ask for jobs for ever."""
    monkeypatch.setattr(stamping, "_AT_ONCE", 1)
    *altered, sound = sealed_bags(world, 3)
    for bag in altered:
        (bag / TAGMANIFEST).chmod(0o644)
        (bag / TAGMANIFEST).write_bytes(b"another\n")
    stamping_of(world, tsa).run(done)
    assert (sound / TIMESTAMP).exists()
    with world.store.write() as session:
        session.execute(update(t.Job).values(state="done"))
    stamping_of(world, tsa).run(done)
    with world.store.read() as session:
        assert session.scalars(select(t.Job).where(t.Job.state == "waiting")).all() == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (SIGNATURE, "tagmanifest-sha256.txt.p7s is missing"),
        (TIMESTAMP, "tagmanifest-sha256.txt.tsr is missing"),
    ],
)
def test_a_deleted_sidecar_is_found_by_name(
    any_world: World, tsa: LoopbackAuthority, name: str, found: str
) -> None:
    """Signature and timestamp cannot be taken away without being missed, and then no receipt is given."""
    (bag,) = sealed_bags(any_world, 1)
    stamping_of(any_world, tsa).run(done)
    bag.chmod(0o755)
    (bag / name).unlink()
    assert any(found in problem for problem in problems(any_world, tsa))
    with pytest.raises(EvidenceFault, match=name):
        any_world.evidence.receipt_for(any_world.snapshot_id, any_world.request(), actor(any_world.store))


def test_a_bag_signed_with_another_key_is_found(world: World, tsa: LoopbackAuthority, tmp_path: Path) -> None:
    """Somebody who forges a bag as a whole and signs it with a key of their own is told apart."""
    (bag,) = sealed_bags(world, 1)
    stranger = Keyring(tmp_path / "stranger")
    stranger.init("Ashdown NHS Trust", world.clock.now())
    bag.chmod(0o755)
    (bag / SIGNATURE).unlink()
    (bag / SIGNATURE).write_bytes(
        stranger.sign((bag / TAGMANIFEST).read_bytes(), world.clock.now() + timedelta(days=2))
    )
    checks = check_sidecars(bag, trust_of(world, tsa))
    assert [check.name for check in checks if not check.ok] == ["signature"]
    assert "signed with another key" in problems(world, tsa)[0]


def test_the_clock_is_compared_with_the_authoritys(world: World, tsa: LoopbackAuthority) -> None:
    """The next snapshot's custody facts say by how much the host's clock was off, and who said so."""
    sealed_bags(world, 1)
    stamping_of(world, tsa).run(done)
    (stamp,) = stamps(world)
    assert stamp.clock_offset is not None
    # The tests' clock stands still in November 2026; the authority has the machine's own time.
    assert abs((stamp.stamped_at - world.clock.now()).total_seconds() - stamp.clock_offset) < 1
    again = world.evidence.capture_now(world.case_id, actor(world.store))
    report = (world.bags / (world.row(again).bag or "") / "data/report.html").read_text()
    assert "compared with the timestamp authority" in report


def test_half_a_shared_stamp_does_not_spoil_the_next(world: World, tsa: LoopbackAuthority) -> None:
    """What a process left that died before the timestamp itself is gone when the bag is stamped alone."""
    (bag,) = sealed_bags(world, 1)
    world.evidence.shelf.put_beside(
        world.row(world.snapshot_id).bag or "", {STAMPED_ROOT: b"of another", STAMPED_PATH: b"time"}
    )
    stamping_of(world, tsa).run(done)
    assert not (bag / STAMPED_ROOT).exists()
    assert problems(world, tsa) == ()


def test_a_timestamp_that_nobody_vouches_for_names_the_setting(world: World, tsa: LoopbackAuthority) -> None:
    """Without a root certificate it is not passed as checked, and it is said where to name one."""
    (bag,) = sealed_bags(world, 1)
    ours = trust_of(world, tsa)
    assert [check.ok for check in check_sidecars(bag, Trust(ours.certificates, tuple))] == [True, True]
    stamping_of(world, tsa).run(done)
    _, found = check_sidecars(bag, Trust(ours.certificates, tuple))
    assert (found.name, found.ok) == ("timestamp", False)
    assert "could not be checked" in found.found
    assert "evidence.tsa_ca_file" in found.found


def test_evidence_outlives_a_change_of_the_authority(
    world: World, tsa: LoopbackAuthority, tmp_path: Path
) -> None:
    """What the old one stamped holds while its root stays named; without it nobody is told of damage."""
    (bag,) = sealed_bags(world, 1)
    stamping_of(world, tsa).run(done)
    ours, new = trust_of(world, tsa), LoopbackAuthority(tmp_path / "new").authority().roots
    _, kept = check_sidecars(bag, Trust(ours.certificates, lambda: (*new, *ours.roots())))
    assert kept.ok, kept.found
    _, found = check_sidecars(bag, Trust(ours.certificates, lambda: new))
    assert not found.ok
    assert "root certificate of its authority is not named. evidence.tsa_ca_file" in found.found
    assert "damaged" not in found.found
