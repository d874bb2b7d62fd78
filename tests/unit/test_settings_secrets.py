"""Secrets: one file each, found by name, never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.errors import SettingsError
from worker.secrets_folder import Secrets

TOKEN = "sandbox-token-1"


def keep(folder: Path, name: str, content: str, mode: int = 0o600) -> None:
    """Write one secret."""
    path = folder / name
    path.write_text(content)
    path.chmod(mode)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"{TOKEN}\n", {"token": TOKEN}),
        (f"bearer_token: {TOKEN}\n", {"bearer_token": TOKEN}),
        (f'{{"access_token": "{TOKEN}", "app_secret": "s"}}', {"access_token": TOKEN, "app_secret": "s"}),
        ("consumer_key: '1'\nconsumer_secret: b\n", {"consumer_key": "1", "consumer_secret": "b"}),
        ("access_token: 0123\n", {"access_token": "0123"}),
    ],
)
def test_credentials_are_a_token_or_names_and_values(
    tmp_path: Path, content: str, expected: dict[str, str]
) -> None:
    """Each of the ways to write them is read, and every value stays the text that was written."""
    keep(tmp_path, "x-main", content)
    assert Secrets(tmp_path).credentials("x-main") == expected


def test_the_environment_goes_first(tmp_path: Path) -> None:
    """A variable named after the credential is used before the file."""
    keep(tmp_path, "x-main", "old")
    secrets = Secrets(tmp_path, {"UPSTANDER_CREDENTIAL_X_MAIN": TOKEN})
    assert secrets.credentials("x-main") == {"token": TOKEN}


def test_missing_credentials_say_where_to_put_them(tmp_path: Path) -> None:
    """The message names the file and the variable."""
    with pytest.raises(SettingsError) as caught:
        Secrets(tmp_path).credentials("x-main")
    assert str(tmp_path / "x-main") in caught.value.do
    assert "UPSTANDER_CREDENTIAL_X_MAIN" in caught.value.do
    with pytest.raises(SettingsError, match="secrets_dir"):
        Secrets().credentials("x-main")


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a\x00"])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Only plain names are looked up."""
    with pytest.raises(SettingsError, match="cannot be the name of a secret"):
        Secrets(tmp_path).credentials(name)


@pytest.mark.parametrize("content", ["two words", "- a\n- b\n", "{open-sesame", "a: [open-sesame\n"])
def test_what_is_neither_is_refused_without_repeating_it(tmp_path: Path, content: str) -> None:
    """A spoilt secret is not written into the message."""
    keep(tmp_path, "x-main", content)
    with pytest.raises(SettingsError) as caught:
        Secrets(tmp_path).credentials("x-main")
    assert "open-sesame" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_printing_secrets_shows_none(tmp_path: Path) -> None:
    """A repr that ends up in a log gives nothing away."""
    assert TOKEN not in repr(Secrets(tmp_path, {"UPSTANDER_CREDENTIAL_A": TOKEN}))


def test_secrets_that_everybody_can_read_are_named(tmp_path: Path) -> None:
    """A file open to all is told of, unless its folder is closed."""
    tmp_path.chmod(0o755)
    keep(tmp_path, "closed", TOKEN)
    keep(tmp_path, "open", TOKEN, mode=0o644)
    assert Secrets(tmp_path).open_to_all() == (tmp_path / "open",)
    tmp_path.chmod(0o700)
    assert Secrets(tmp_path).open_to_all() == ()
