"""Which buckets are used and how they are reached: locked, directly, with their own key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.unit.evidence.offsite.desk import Desk
from tests.unit.evidence.world import actor
from worker.errors import NotYet, SettingsError
from worker.evidence.offsite.bucket import Bucket, BucketRefused, BucketWithoutLock
from worker.evidence.offsite.wanted import uncopied
from worker.settings_evidence import Offsite
from worker.settings_load import load
from worker.store import tables as t


def test_an_outage_delays_nothing_but_the_copy(desk: Desk) -> None:
    """While the storage is away, evidence is sealed and receipts are given; then the copy is made up for."""
    desk.storage.stop()
    try:
        desk.sealed()
        with pytest.raises(NotYet, match="gave no whole answer"):
            desk.run()
        desk.copies().check()
        desk.world.evidence.receipt_for(desk.world.snapshot_id, desk.world.request(), actor(desk.world.store))
        with desk.world.store.read() as session:
            assert uncopied(session, desk.copies().place) == (1, desk.world.clock.now())
    finally:
        desk.storage.start()
    desk.run()
    assert desk.problems() == []


def test_a_bucket_without_object_lock_is_refused(desk: Desk) -> None:
    """At the start and before anything is sent, with what to do about it; nothing leaves."""
    desk.bucket = desk.storage.bucket(locks=False)
    desk.sealed()
    for refused in (desk.copies().check, desk.run):
        with pytest.raises(BucketWithoutLock, match="allow_without_object_lock"):
            refused()
    assert desk.names() == []


def test_a_bucket_that_keeps_no_versions_is_refused(desk: Desk) -> None:
    """Object Lock protects versions; a bucket whose versioning was suspended is no better than none."""
    desk.storage.client().put_bucket_versioning(
        Bucket=desk.bucket, VersioningConfiguration={"Status": "Suspended"}
    )
    with pytest.raises(BucketWithoutLock):
        desk.copies().check()


def test_a_bucket_without_object_lock_is_used_where_the_settings_say_so(desk: Desk) -> None:
    """The row says that nothing is locked; holds are not claimed; the copy is read back all the same."""
    desk.bucket, desk.more = desk.storage.bucket(locks=False), {"allow_without_object_lock": True}
    desk.sealed()
    desk.hold()
    desk.copies().check()
    desk.run()
    row = desk.row()
    assert (row.mode, row.retain_until, row.held) == ("none", None, False)
    assert row.read_back_at is not None
    assert desk.problems() == []
    assert "not locked" in desk.copies().told(desk.world.case_id)[row.snapshot_id]


def test_secrets_are_not_told(desk: Desk) -> None:
    """Neither the settings nor a fault show the key, and the storage's own words are not repeated."""
    desk.more = {"secret_key": SecretStr("do-not-tell"), "access_key": SecretStr("AKIDSECRET")}
    desk.bucket = "there-is-none"
    desk.copies().check()
    with pytest.raises(BucketRefused) as refused:
        desk.run()
    told = f"{refused.value} {desk.settings!r} {desk.copies()!r}"
    assert "do-not-tell" not in told
    assert "AKIDSECRET" not in told
    assert str(refused.value).startswith(
        "The storage refused to get object lock configuration (NoSuchBucket)."
    )


def test_no_proxy_is_followed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence goes to the storage itself, whatever the environment says."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    desk.more = {"access_key": SecretStr("another")}
    assert Bucket(desk.settings).locks()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://storage.example.test",
        "https://key:secret@storage.example.test",
        "https://storage.example.test/bucket",
        "ftp://127.0.0.1",
        "storage.example.test",
    ],
)
def test_an_endpoint_that_could_leak_is_refused(endpoint: str) -> None:
    """Plain http reaches this machine only, no password stands in an address, no bucket either."""
    with pytest.raises(ValueError, match="write"):
        Offsite(endpoint=endpoint)


def test_a_bucket_needs_its_key() -> None:
    """No credential is looked up elsewhere: a bucket without one is refused with the settings."""
    with pytest.raises(ValueError, match="access_key and secret_key"):
        Offsite(bucket="evidence")
    with pytest.raises(SettingsError):
        Bucket(Offsite())


def test_the_job_is_written_only_where_there_is_something_to_do(desk: Desk) -> None:
    """What no job was written for is found by looking; while one is stuck, a person is waited for."""

    def jobs() -> int:
        with desk.world.store.read() as session:
            return session.query(t.Job).filter(t.Job.kind == "offsite").count()

    desk.copies().schedule()
    assert jobs() == 0
    desk.sealed()
    desk.copies().schedule()
    desk.copies().schedule()
    assert jobs() == 1
    with desk.world.store.write() as session:
        session.query(t.Job).filter(t.Job.kind == "offsite").update({"state": "stuck"})
    desk.copies().schedule()
    assert jobs() == 1


def test_every_version_is_listed_however_many(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A storage tells of them in pages: what stands on a later page is not taken for gone."""
    client = desk.storage.client()
    for number in range(5):
        client.put_object(Bucket=desk.bucket, Key=f"a/{number % 2}", Body=str(number).encode())
    client.delete_object(Bucket=desk.bucket, Key="a/0")
    ask = Bucket._ask

    def in_pages(self: Bucket, call: str, **arguments: Any) -> dict[str, Any]:
        return ask(self, call, **arguments, **({"MaxKeys": 2} if call == "list_object_versions" else {}))

    monkeypatch.setattr(Bucket, "_ask", in_pages)
    found = list(Bucket(desk.settings).versions("a/"))
    assert len({each.version for each in found}) == 6
    assert [each.name for each in found if each.marker] == ["a/0"]


def test_the_key_is_read_from_the_secrets_folder(tmp_path: Path) -> None:
    """As every other secret: a file each, and printing the settings shows neither."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "upstander.yaml").write_text(
        "secrets_dir: secrets\nevidence:\n  offsite:\n    bucket: northmoor\n"
    )
    (tmp_path / "secrets").mkdir()
    for name in ("access_key", "secret_key"):
        (tmp_path / "secrets" / f"evidence__offsite__{name}").write_text(f"zz{name}\n")
    found = load(tmp_path / "config" / "upstander.yaml", {}).settings
    chosen = found.evidence.offsite
    assert chosen.secret_key is not None
    assert chosen.secret_key.get_secret_value() == "zzsecret_key"
    assert "zz" not in repr(found)
