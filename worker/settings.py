"""Every setting of Upstander: name, default, help. Read once (`worker.settings_load`), frozen, handed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from worker.settings_evidence import Evidence, Ledger, Retention, Safeguarding
from worker.settings_paging import Paging
from worker.settings_review import Appeals, Replies, Reports, Review
from worker.settings_types import Address, Addresses, CronLine, DatabaseUrl, Group, RedisUrl
from worker.settings_web import Web


class Polling(Group):
    """How often the platforms are read."""

    every_seconds: Annotated[int, Field(ge=5)] = Field(120, description="Seconds between polls of one feed.")
    late_after_seconds: Annotated[int, Field(ge=10)] = Field(
        900,
        description="A feed not read to its end for so long is shown as late and counts as a coverage gap.",
    )
    connect_seconds: Annotated[float, Field(gt=0)] = Field(5, description="Seconds to wait for a connection.")
    read_seconds: Annotated[float, Field(gt=0)] = Field(20, description="Seconds to wait for an answer.")


class XPlatform(Group):
    """How X is reached."""

    base_url: str = Field("https://api.x.com", description="Address of the X API.")
    overlap_seconds: Annotated[int, Field(ge=0)] = Field(
        60, description="How far each walk reads back over the last one, for items that X lists late."
    )


class FacebookPlatform(Group):
    """How Facebook Pages are reached."""

    base_url: str = Field("https://graph.facebook.com", description="Address of the Graph API.")
    graph_version: Annotated[str, Field(pattern=r"^v\d{1,2}\.\d{1,2}$")] = Field(
        "v25.0", description="Version of the Graph API. Meta ends each after about two years."
    )
    token_in: Literal["query", "header"] = Field(
        "query", description="Where the Page token travels: in the address, or as a Bearer header."
    )
    overlap_seconds: Annotated[int, Field(ge=0)] = Field(
        600,
        description="How far each walk reads back over the last one, for late and freshly edited comments.",
    )
    post_window_days: Annotated[int, Field(ge=1)] = Field(
        30, description="Comments are polled on posts of the last so many days."
    )


class Platforms(Group):
    """How each platform is reached."""

    x: XPlatform = Field(XPlatform(), description="X.")
    facebook: FacebookPlatform = Field(FacebookPlatform(), description="Facebook Pages.")


class Jobs(Group):
    """How work is carried out and retried."""

    threads: Annotated[int, Field(ge=1, le=64)] = Field(8, description="Worker threads in one process.")
    lease_seconds: Annotated[int, Field(ge=1, le=3600)] = Field(
        120, description="How long one attempt at a job may take before another process may take it over."
    )
    attempts: Annotated[int, Field(ge=1)] = Field(8, description="After so many attempts a job is stuck.")
    sweep_seconds: Annotated[float, Field(gt=0)] = Field(
        2, description="Seconds between sweeps of the outbox."
    )
    resend_seconds: Annotated[int, Field(ge=1)] = Field(
        60, description="A waiting job is told to the broker again after so many seconds."
    )


class Mail(Group):
    """The mail server that the summary is sent through. No host: nothing is sent, and status says so."""

    host: str | None = Field(None, description="Name of the SMTP server.")
    port: int = Field(587, description="Port of the SMTP server.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is protected; none only to this machine itself."
    )
    ca_file: Path | None = Field(
        None, description="Certificates to trust for the mail server, beside the system's."
    )
    username: str | None = Field(None, description="Sign-in name at the mail server.")
    password: SecretStr | None = Field(
        None, description="Password at the mail server. Keep it in the secrets folder."
    )
    sender: Address = Field(
        "upstander@trust.example.test", description="Address that the summary is sent from."
    )


class Summaries(Group):
    """The weekly incident summary."""

    recipients: Addresses = Field(
        (), description="The communications leads' addresses. Nobody: nothing is sent, and status says so."
    )

    send_at: CronLine = Field("0 8 * * 1", description="When it is sent, as a cron line in Europe/London.")


class Logging(Group):
    """The log."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is logged."
    )
    style: Literal["json", "console"] = Field("json", description="json for machines, console for people.")


class Settings(BaseSettings):
    """All settings. Reads nothing by itself: `worker.settings_load` hands in what was found."""

    model_config = SettingsConfigDict(
        env_prefix="UPSTANDER_",
        env_nested_delimiter="__",
        enable_decoding=False,
        frozen=True,
        extra="forbid",
        validate_default=True,
    )

    trust_name: str = Field("Our NHS Trust", description="The Trust's name, on reports and summaries.")
    mode: Literal["embedded", "served"] = Field(
        "embedded",
        description="embedded: everything in one process with SQLite. "
        "served: PostgreSQL, Redis, several processes.",
    )
    data_dir: Path = Field(Path("var"), description="Folder for the database (embedded) and the evidence.")
    database_url: DatabaseUrl | None = Field(
        None, description="Address of the database. In served mode the role in it must not own the tables."
    )
    database_owner_url: DatabaseUrl | None = Field(
        None, description="Address with the role that owns the tables; only `upstander db upgrade` uses it."
    )
    redis_url: RedisUrl = Field(
        SecretStr("redis://127.0.0.1:6379/0"), description="Address of Redis (served)."
    )
    secrets_dir: Path | None = Field(
        None, description="Folder of secrets, one file each, named after the secret."
    )
    keys_dir: Path = Field(
        Path("keys"),
        description="Folder of the key that signs evidence; never inside data_dir. Back it up apart.",
    )
    rules_dir: Path = Field(Path("config/rules"), description="Folder of the rule files.")
    reference_dir: Path = Field(
        Path("config/reference"), description="Folder of categories and other reference data."
    )
    clock_file: Path | None = Field(
        None, description="File that moves the clock, shared with the sandbox. For trial and training only."
    )
    polling: Polling = Field(Polling(), description=Polling.__doc__)
    platforms: Platforms = Field(Platforms(), description=Platforms.__doc__)
    jobs: Jobs = Field(Jobs(), description=Jobs.__doc__)
    review: Review = Field(Review(), description=Review.__doc__)
    appeals: Appeals = Field(Appeals(), description=Appeals.__doc__)
    reports: Reports = Field(Reports(), description=Reports.__doc__)
    replies: Replies = Field(Replies(), description=Replies.__doc__)
    paging: Paging = Field(Paging(), description=Paging.__doc__)
    evidence: Evidence = Field(Evidence(), description=Evidence.__doc__)
    ledger: Ledger = Field(Ledger(), description=Ledger.__doc__)
    retention: Retention = Field(Retention(), description=Retention.__doc__)
    safeguarding: Safeguarding = Field(Safeguarding(), description=Safeguarding.__doc__)
    mail: Mail = Field(Mail(), description=Mail.__doc__)
    summary: Summaries = Field(Summaries(), description=Summaries.__doc__)
    web: Web = Field(Web(), description=Web.__doc__)
    log: Logging = Field(Logging(), description=Logging.__doc__)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings names and passes all five
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as settings_cls
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as settings_cls
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as settings_cls
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed in: making settings never looks at the environment."""
        return (init_settings,)

    @model_validator(mode="after")
    def _served_mode_has_its_database(self) -> Self:
        if self.mode == "served" and not self.database.startswith("postgresql"):
            message = (
                "served mode needs database_url to name a PostgreSQL database: several processes share it"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _keys_lie_apart(self) -> Self:
        if self.keys_dir.absolute().is_relative_to(self.data_dir.absolute()):
            message = "keys_dir must lie outside data_dir: whoever copies the evidence must not get the key"
            raise ValueError(message)
        return self

    @property
    def database(self) -> str:
        """The database's address: the one that is set, or a file in the data folder."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'upstander.db'}"

    @property
    def bags(self) -> Path:
        """The evidence store: one folder a sealed bag."""
        return self.data_dir / "evidence"

    @property
    def inbox(self) -> Path:
        """Where files that people handed in wait until they are sealed."""
        return self.data_dir / "inbox"

    @property
    def exports(self) -> Path:
        """Where evidence that was handed over is kept until it is destroyed with the rest."""
        return self.data_dir / "exports"


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of one setting.

    Attributes:
        name: dotted, as in `polling.every_seconds`.
        help: what it means, in one or two sentences.
        secret: whether its value is never shown.
        is_path: whether a relative value counts from the project folder.
    """

    name: str
    help: str
    default: Any
    secret: bool
    is_path: bool

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "UPSTANDER_" + self.name.upper().replace(".", "__")


def every_setting() -> tuple[Setting, ...]:
    """Every setting there is, in the order of this file."""
    return tuple(_settings_of(Settings, ""))


def groups() -> frozenset[str]:
    """The dotted names that hold settings instead of being one."""
    names = {setting.name for setting in every_setting()}
    return frozenset(
        ".".join(parts[:length])
        for parts in (name.split(".") for name in names)
        for length in range(1, len(parts))
    )


def _settings_of(model: type[BaseModel], prefix: str) -> Iterator[Setting]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, Group):
            yield from _settings_of(info.annotation, f"{prefix}{name}.")
        else:
            yield _setting(f"{prefix}{name}", info)


def _setting(name: str, info: FieldInfo) -> Setting:
    kinds = {info.annotation, *get_args(info.annotation)}
    return Setting(
        name=name,
        help=info.description or "",
        default=info.get_default(call_default_factory=True),
        secret=SecretStr in kinds,
        is_path=Path in kinds,
    )
