"""The settings: read once, from the right place, with everything wrong reported at once."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest
from pydantic import ValidationError

from tests.other_user import closed_to_us
from worker.errors import SettingsError
from worker.settings import Settings, every_setting
from worker.settings_load import PROJECT, load


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file in a project folder of its own, still empty."""
    path = tmp_path / "config" / "upstander.yaml"
    path.parent.mkdir()
    path.write_text("")
    return path


def refused(file: Path, environ: dict[str, str] | None = None) -> list[str]:
    """What is said about settings that are refused, one problem a line."""
    with pytest.raises(SettingsError) as caught:
        load(file, environ or {})
    return [line.strip().replace(f"{file}:", "FILE:") for line in caught.value.happened.splitlines()[1:]]


def test_an_empty_file_gives_the_defaults(file: Path) -> None:
    """A file that says nothing is good: every setting has a usable default."""
    loaded = load(file, {})
    assert loaded.settings.polling.every_seconds == 120
    assert set(loaded.origins.values()) == {"default"}


def test_the_projects_own_file_is_good() -> None:
    """The file that ships is read without complaint, from anywhere."""
    loaded = load(PROJECT / "config" / "upstander.yaml", {})
    assert loaded.settings.mode == "embedded"
    assert loaded.settings.data_dir == PROJECT / "var"


def test_everything_wrong_is_reported_at_once_with_line_and_hint(file: Path) -> None:
    """An administrator sees all mistakes in one go, each with its place and what to write instead."""
    file.write_text(
        "trust_name: A Trust\n"
        "mode: embeded\n"
        "every_seconds: 3\n"
        "polling:\n"
        "  every_secnds: 10\n"
        "  late_after_seconds: often\n"
        "trust_name: twice\n"
        "summary:\n"
        "  recipients:\n"
        "    - lead@trust.example.test\n"
        "    - nobody\n"
        "review:\n"
        "  due_minutes: {routine: 5, sever: 3}\n"
    )
    golden = Path(__file__).with_name("settings_refused.txt").read_text(encoding="utf-8")
    found = refused(file, {"UPSTANDER_MOD": "served", "UPSTANDER_JOBS__THREADS": "99"})
    assert found == golden.splitlines()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("a: [1\n", "FILE:2: not valid YAML."),
        ("- a\n- b\n", "FILE:1: settings are written as `name: value`."),
        ("? [a]\n: b\n", "FILE:1: a name must be a word."),
        ("polling: &here\n  more: *here\n", "nested too deep"),
        ("<<: {mode: served}\n", "FILE:1: there is no setting"),
        ("polling: 3\n", 'FILE:1: "polling" is not right'),
        ("mode:\n", 'FILE:1: "mode" is not right'),
    ],
)
def test_what_is_not_a_settings_file_is_refused_with_its_line(file: Path, written: str, said: str) -> None:
    """YAML that is broken, or of another shape, is never half read."""
    file.write_text(written)
    assert any(line.startswith(said) or said in line for line in refused(file))


def test_a_file_that_is_not_text_is_refused(file: Path) -> None:
    """Bytes that are not UTF-8 give a message for people, not a traceback."""
    file.write_bytes(b"trust_name: \xff\xfe\n")
    assert refused(file) == ["FILE:1: cannot be read. Save it as UTF-8 text."]


def test_the_environment_goes_before_the_secrets_folder_and_that_before_the_file(file: Path) -> None:
    """The order of precedence, told by the value and by where it is said to come from."""
    secrets = file.parent / "secrets"
    secrets.mkdir()
    file.write_text(
        "secrets_dir: config/secrets\ndatabase_url: sqlite:///from-file\n"
        "redis_url: redis://from-file\ntrust_name: From File\n"
    )
    (secrets / "database_url").write_text("sqlite:///from-folder\n")
    (secrets / "redis_url").write_text("redis://from-folder\n")
    (secrets / "mail__password").write_text("hush\n")
    loaded = load(file, {"UPSTANDER_REDIS_URL": "redis://from-environment"})
    assert loaded.settings.database == "sqlite:///from-folder"
    assert loaded.settings.redis_url.get_secret_value() == "redis://from-environment"
    assert loaded.settings.mail.password is not None
    assert loaded.settings.mail.password.get_secret_value() == "hush"
    wanted = ("trust_name", "database_url", "redis_url", "mail.password", "mode")
    assert [loaded.origins[name].replace(str(file), "FILE") for name in wanted] == [
        "FILE:4",
        "secret database_url",
        "environment UPSTANDER_REDIS_URL",
        "secret mail__password",
        "default",
    ]


def test_lists_and_single_entries_can_come_from_the_environment(file: Path) -> None:
    """Recipients are written with commas; one due time is changed without naming the others."""
    environ = {
        "UPSTANDER_SUMMARY__RECIPIENTS": "one@trust.example.test, two@trust.example.test",
        "UPSTANDER_REVIEW__DUE_MINUTES__SERIOUS": "7",
    }
    loaded = load(file, environ)
    assert loaded.settings.summary.recipients == ("one@trust.example.test", "two@trust.example.test")
    assert loaded.settings.review.due_minutes["serious"] == 7
    assert loaded.settings.review.due_minutes["routine"] == 960
    assert loaded.origins["review.due_minutes"] == "environment UPSTANDER_REVIEW__DUE_MINUTES__SERIOUS"


def test_variables_of_others_and_of_tests_are_left_alone(file: Path) -> None:
    """Only what begins with UPSTANDER_ is ours, and of that not the tests' own."""
    environ = {"UPSTANDER_TEST_DATABASE": "x", "PATH": "/bin", "UPSTANDER_DATABASE_URL": ""}
    assert load(file, environ).settings.database_url is None


def test_relative_paths_count_from_the_folder_that_holds_config(file: Path) -> None:
    """Where a command is started from does not move the evidence."""
    file.write_text("data_dir: here\n")
    settings = load(file, {}).settings
    assert settings.data_dir == file.parent.parent / "here"
    assert settings.rules_dir == PROJECT / "config" / "rules"
    assert load(file, {"UPSTANDER_DATA_DIR": "there"}).settings.data_dir == file.parent.parent / "there"


def test_the_file_can_be_named_and_must_then_exist(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--config goes before UPSTANDER_CONFIG, that before ./config; a named file must be there."""
    file.write_text("trust_name: Named\n")
    assert load(None, {"UPSTANDER_CONFIG": str(file)}).settings.trust_name == "Named"
    assert load(file, {"UPSTANDER_AS": "Ada Cole"}).settings.trust_name == "Named", "who acts is no setting"
    monkeypatch.chdir(file.parent.parent)
    assert load(None, {}).settings.trust_name == "Named"
    with pytest.raises(SettingsError, match="There is no settings file"):
        load(file.with_name("other.yaml"), {})


def test_a_secrets_folder_that_is_missing_is_refused(file: Path) -> None:
    """A wrong folder is said at the start, not found out when the first secret is needed."""
    assert "there is no folder" in refused(file, {"UPSTANDER_SECRETS_DIR": "nowhere"})[0]


def test_a_secrets_folder_that_is_closed_is_refused_in_one_line(shared_folder: Path) -> None:
    """A second person hears it once, with what to do, and never gets another database than the worker's."""
    file, secrets = shared_folder / "upstander.yaml", shared_folder / "secrets"
    secrets.mkdir()
    (secrets / "database_url").write_text("sqlite:////elsewhere/upstander.db")
    file.write_text("secrets_dir: secrets\n")
    with closed_to_us(secrets):
        (said,) = refused(file)
        assert "may not look into" in said
        assert "UPSTANDER_SECRETS_DIR" in said
        assert load(file, {"UPSTANDER_SECRETS_DIR": str(shared_folder)}).secrets.folder == shared_folder


def test_settings_are_frozen(file: Path) -> None:
    """Nothing changes a setting after it was read, in any group."""
    loaded = load(file, {})
    with pytest.raises(ValidationError):
        loaded.settings.mode = "served"  # type: ignore[misc]  # the point of this test
    with pytest.raises(ValidationError):
        loaded.settings.polling.every_seconds = 5  # type: ignore[misc]  # the point of this test
    assert isinstance(loaded.origins, MappingProxyType)


def test_making_settings_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are handed in: the class by itself looks at nothing."""
    monkeypatch.setenv("UPSTANDER_MODE", "served")
    assert Settings().mode == "embedded"


def test_secrets_stand_in_no_message_and_no_repr(file: Path) -> None:
    """A password that stands in the wrong place is not repeated when it is refused."""
    file.write_text("mail:\n  password: [open-sesame]\n")
    assert "open-sesame" not in " ".join(refused(file))
    file.write_text("database_url: postgresql+psycopg://u:open-sesame@db/x\n")
    assert "open-sesame" not in repr(load(file, {}))


def test_every_setting_has_help() -> None:
    """`upstander settings` explains each of them."""
    assert [setting.name for setting in every_setting() if len(setting.help) < 5] == []


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("database_url: postgres://u@h/d", "postgresql+psycopg://"),
        ("database_url: rubbish", "sqlite:///FILE"),
        ("redis_url: nonsense", "redis://HOST"),
        ("summary: {send_at: every monday}", "cron line"),
        ("mode: served", "PostgreSQL"),
    ],
)
def test_what_could_not_work_is_refused_with_what_to_write(file: Path, line: str, hint: str) -> None:
    """An address of an unknown kind or a time that is none stops the start, not the first use."""
    file.write_text(f"{line}\n")
    assert hint in " ".join(refused(file))
