"""Renewing what opens an account: a file for the worker, names for the audit, nothing for anybody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.registry import CREDENTIALS
from tests.unit.review.scene import Scene, make_scene
from worker.errors import Conflict, NotAllowed, NotFound, SettingsError, UpstanderError
from worker.intake.credentials import Credentials
from worker.secrets_folder import CREDENTIAL_PREFIX, Secrets
from worker.store.session import Store

SECRET = "EAAG quite: invented\ntoken"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A secrets folder."""
    made = tmp_path / "secrets"
    made.mkdir()
    return made


@pytest.fixture
def scene(store: Store) -> Scene:
    """A Trust with one Facebook Page, on either database."""
    return make_scene(store)


def stage(scene: Scene, secrets: Path | None, **given: str) -> Credentials:
    """The stage over a secrets folder."""
    return Credentials(scene.store, scene.clock, Secrets(secrets, given), CREDENTIALS)


def test_new_credentials_replace_all_that_there_were(scene: Scene, folder: Path) -> None:
    """Whatever characters a value has, the worker reads it as it was given; only its name is recorded."""
    (folder / "facebook").write_text("access_token: old\napp_secret: old\n")
    renewing = stage(scene, folder)
    renewing.renew(scene.admin, scene.account_id, {"access_token": SECRET, "app_secret": " "})
    assert renewing.secrets.credentials("facebook") == {"access_token": SECRET}
    assert [each.name for each in folder.iterdir()] == ["facebook"]
    assert (folder / "facebook").stat().st_mode & 0o077 == 0
    (row,) = scene.audited("credentials_renewed")
    assert row.detail["names"] == ["access_token"]
    assert SECRET not in str(row.detail)


@pytest.mark.parametrize(
    ("given", "error"),
    [({}, Conflict), ({"access_token": "  "}, Conflict), ({"bearer_token": SECRET}, NotFound)],
)
def test_what_cannot_be_right_is_refused(
    scene: Scene, folder: Path, given: dict[str, str], error: type[UpstanderError]
) -> None:
    """Nothing given, or a name of another platform: what was there stays, and the refusal is recorded."""
    (folder / "facebook").write_text("old")
    with pytest.raises(error) as refused:
        stage(scene, folder).renew(scene.admin, scene.account_id, given)
    assert SECRET not in str(refused.value)
    assert (folder / "facebook").read_text() == "old"
    assert len(scene.audited("refused")) == 1


def test_only_administrators_renew(scene: Scene, folder: Path) -> None:
    """A senior reviewer does not, and nothing is written."""
    with pytest.raises(NotAllowed):
        stage(scene, folder).renew(
            scene.people["senior_reviewer"], scene.account_id, {"access_token": SECRET}
        )
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("why", ["no folder", "a folder that is not there", "the environment goes first"])
def test_what_cannot_be_written_is_not_recorded_as_written(scene: Scene, folder: Path, why: str) -> None:
    """The error says where to put them and repeats no value; the audit tells of a refusal alone."""
    where = {"no folder": None, "a folder that is not there": folder / "none"}.get(why, folder)
    given = {f"{CREDENTIAL_PREFIX}FACEBOOK": "x"} if why == "the environment goes first" else {}
    with pytest.raises(SettingsError) as refused:
        stage(scene, where, **given).renew(scene.admin, scene.account_id, {"access_token": SECRET})
    assert SECRET not in str(refused.value)
    assert scene.audited("credentials_renewed") == []
    assert len(scene.audited("refused")) == 1
