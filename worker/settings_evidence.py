"""The settings of evidence: capture, seal, ledger, retention, and who is told of what is never captured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from worker.settings_types import Address, Addresses, Group, Names, StorageUrl

#: Where the pages and pictures of the platforms lie; a name that begins with a dot means all below it.
_RENDER_HOSTS = (
    "x.com",
    ".x.com",
    "twitter.com",
    ".twitter.com",
    ".twimg.com",
    "facebook.com",
    ".facebook.com",
    ".fbcdn.net",
    "instagram.com",
    ".instagram.com",
    ".cdninstagram.com",
)


class Offsite(Group):
    """Copies of sealed core evidence in S3-compatible storage, under Object Lock. No bucket: no copies."""

    endpoint: StorageUrl = Field(
        "https://s3.eu-west-2.amazonaws.com",
        description="Address of the storage: https, and best in the United Kingdom. No proxy is used.",
    )
    bucket: str | None = Field(
        None,
        description="Name of the bucket; it must have versioning and Object Lock. None: no copy leaves this "
        "machine.",
    )
    prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,60}$")] = Field(
        "upstander", description="What the names of all copies begin with."
    )
    region: str = Field("eu-west-2", description="The storage's region, as its requests are signed for.")
    access_key: SecretStr | None = Field(
        None, description="Access key for the bucket. Keep it in the secrets folder."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Secret of that access key. Keep it in the secrets folder. It must not be allowed to "
        "bypass governance retention.",
    )
    mode: Literal["governance", "compliance"] = Field(
        "governance",
        description="How copies are locked. governance: only somebody with a right of their own at the "
        "storage can remove one early. compliance: nobody can, whatever the reason.",
    )
    retain_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        30,
        description="Days that a new copy is locked for. An upheld case's is then locked until its retention "
        "is over. A lock is only ever made longer.",
    )
    ca_file: Path | None = Field(
        None, description="Certificates to trust for the storage, instead of the usual public ones (PEM)."
    )
    timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        20, description="Seconds to wait for the storage, at each request."
    )
    pending_minutes: Annotated[int, Field(ge=1)] = Field(
        60, description="A snapshot without its copy for longer than this is a problem, not just a wait."
    )
    allow_without_object_lock: bool = Field(
        default=False,
        description="Also use a bucket without versioning or Object Lock. The risk: whoever has the access "
        "key can change and remove every copy, so the copies then prove nothing.",
    )

    @model_validator(mode="after")
    def _has_its_key(self) -> Self:
        if self.bucket is not None and (self.access_key is None or self.secret_key is None):
            message = "a bucket needs access_key and secret_key"
            raise ValueError(message)
        return self


class Evidence(Group):
    """How evidence is captured, sealed and guarded."""

    receipt_seconds: Annotated[int, Field(ge=1, le=60)] = Field(
        60, description="How long a receipt allows one action after its snapshot was verified."
    )
    tsa_url: str | None = Field(
        None,
        description="Address of the RFC 3161 timestamp authority. None: every snapshot stays "
        "`timestamp: pending`, and status says so.",
    )
    tsa_ca_file: Path | None = Field(
        None,
        description="The timestamp authority's own root certificates (PEM); needed with tsa_url. The root of "
        "every authority that was ever used stays in here: what it stamped is checked against it.",
    )
    tsa_timeout_seconds: Annotated[float, Field(gt=0)] = Field(
        10, description="Seconds to wait for the timestamp authority."
    )
    tsa_share_from: Annotated[int, Field(ge=2)] = Field(
        5, description="When so many snapshots wait for a timestamp, they share one."
    )
    tsa_pending_minutes: Annotated[int, Field(ge=1)] = Field(
        60, description="A snapshot without a timestamp for longer than this is a problem, not just a wait."
    )
    render: bool = Field(
        default=True, description="Whether live pages are captured with a browser after the core."
    )
    render_processes: Annotated[int, Field(ge=1, le=8)] = Field(
        1, description="Browsers at work at the same time, in one worker process."
    )
    render_seconds: Annotated[float, Field(gt=0)] = Field(
        60, description="A rendering that takes longer is stopped, with its browser."
    )
    chromium: Path = Field(Path("/usr/bin/chromium"), description="The browser's program file.")
    render_hosts: Names = Field(
        _RENDER_HOSTS,
        description="Hosts that the browser and the media fetcher may reach, and no others; a leading dot "
        "means every host below that name.",
    )
    render_loopback: Names = Field(
        (), description="Addresses such as 127.0.0.1:8083, of simulated platforms. For trial only."
    )
    media_bytes: Annotated[int, Field(ge=1024)] = Field(
        25_000_000, description="Larger pictures and videos are not copied; the snapshot says so."
    )
    copy_media_unasked: bool = Field(
        default=False,
        description="Copy pictures and videos, and render pages that show them, before a person marked them "
        "safe to copy. The risk: an unlawful picture would be copied onto this machine.",
    )
    offsite: Offsite = Field(Offsite(), description=Offsite.__doc__)


class Ledger(Group):
    """The append-only ledger over audit and evidence, and where outsiders find its checkpoints."""

    checkpoint_seconds: Annotated[int, Field(ge=1)] = Field(
        60, description="Seconds between signed checkpoints, while there is anything new."
    )
    late_after_seconds: Annotated[int, Field(ge=1)] = Field(
        60, description="An audit row that is not in the ledger after so long is shown as late."
    )
    publish_dir: Path | None = Field(
        None,
        description="Folder, best on another machine, that checkpoints are published to. Without it and "
        "without publish_to nobody outside could tell if the newest entries were cut off.",
    )
    publish_to: Addresses = Field((), description="E-mail addresses that checkpoints are sent to.")
    publish_minutes: Annotated[int, Field(ge=1)] = Field(
        60, description="Minutes between published checkpoints, while there is anything new."
    )


class Retention(Group):
    """How long things are kept. For the Trust's information governance to confirm."""

    serious_years: Annotated[int, Field(ge=1)] = Field(
        20, description="Upheld cases of severity serious or immediate_danger, from the decision."
    )
    upheld_years: Annotated[int, Field(ge=1)] = Field(
        10, description="Other upheld cases, from the decision."
    )
    not_upheld_days: Annotated[int, Field(ge=1)] = Field(
        90, description="Cases that were not upheld, from the decision."
    )
    never_queued_days: Annotated[int, Field(ge=1)] = Field(
        30, description="Comments that never became a case, from when they were first seen."
    )
    x_deletions_within_24h: bool = Field(
        default=False,
        description="Erase what its author deleted on X within 24 hours, as X's developer terms ask, unless "
        "it belongs to an upheld or undecided case or is held. False: it is kept for its usual time. Each "
        "time is logged. The trade-off: with it, an abuser can remove what was not yet judged as abuse.",
    )


class Safeguarding(Group):
    """Who is told of what is never captured: the Trust's named lead."""

    lead_name: str = Field(
        "the named safeguarding lead", description="Name shown with the fixed instruction."
    )
    lead_email: Address | None = Field(
        None, description="Told at once of every suspicion of child sexual abuse imagery; no content is sent."
    )
    lead_phone: str | None = Field(None, description="Shown with the fixed instruction.")
