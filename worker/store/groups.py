"""Cases that belong together, the likenesses they are found by, and what upheld takedowns teach."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.platform import SEVERITIES
from worker.store.types import Base, Json, RowId, one_of

GROUP_KINDS = ("author", "text", "picture", "thread")
FINGERPRINT_KINDS = ("words", "picture")


class Group(Base):
    """Cases that belong together: one author, one text or picture, one burst under a post.

    `about` names what they share: the author's or post's number, or the revision that came with it first.
    """

    __tablename__ = "groups"
    __table_args__ = (
        CheckConstraint(one_of("kind", GROUP_KINDS), name="kind"),
        UniqueConstraint("kind", "about", "serial"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    about: Mapped[int] = mapped_column(RowId)
    #: Tells two bursts under one post apart: the first case of each. 0 for the other kinds.
    serial: Mapped[int] = mapped_column(RowId)
    opened_at: Mapped[datetime]
    #: When the last member came: a burst is over once none came for a while.
    grown_at: Mapped[datetime]


class GroupMember(Base):
    """A case in a group, with the wording by which it came in. Rows are only ever added."""

    __tablename__ = "group_members"
    __table_args__ = (Index("ix_group_members_case_id", "case_id"),)

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="RESTRICT"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    revision_id: Mapped[int] = mapped_column(
        ForeignKey("revisions.id", ondelete="RESTRICT"), primary_key=True
    )
    added_at: Mapped[datetime]


class GroupShowing(Base):
    """What somebody was shown of a group: which cases in which wording. Only what was shown is decided."""

    __tablename__ = "group_showings"
    __table_args__ = (Index("ix_group_showings_group_id", "group_id", "person_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="RESTRICT"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    #: Of `pairs`, so that a person can name the list that they saw.
    token: Mapped[str] = mapped_column(String(64))
    #: [case, revision] of each member that was shown.
    pairs: Mapped[list[list[int]]] = mapped_column(Json)
    shown_at: Mapped[datetime]


class GroupDecision(Base):
    """One time that a person decided on several cases of a group at once: what follows is asked for once."""

    __tablename__ = "group_decisions"
    __table_args__ = (Index("ix_group_decisions_group_id", "group_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="RESTRICT"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    #: Of the list that they were shown; None where they named single members of it.
    token: Mapped[str | None] = mapped_column(String(64))
    begun_at: Mapped[datetime]
    #: None while members are being decided, and where that was cut off.
    ended_at: Mapped[datetime | None]


class DecidedTogether(Base):
    """A decision on one case that is part of a group's. Rows are only ever added."""

    __tablename__ = "decided_together"
    __table_args__ = (Index("ix_decided_together_group_decision_id", "group_decision_id"),)

    decision_id: Mapped[int] = mapped_column(
        ForeignKey("decisions.id", ondelete="RESTRICT"), primary_key=True
    )
    group_decision_id: Mapped[int] = mapped_column(ForeignKey("group_decisions.id", ondelete="RESTRICT"))


class TextLead(Base):
    """The first queued revision that came with a text; later ones like it are found by it."""

    __tablename__ = "text_leads"
    __table_args__ = (Index("ix_text_leads_exact", "exact", "seen_at"),)

    revision_id: Mapped[int] = mapped_column(
        ForeignKey("revisions.id", ondelete="RESTRICT"), primary_key=True
    )
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    exact: Mapped[str] = mapped_column(String(64))
    sketch: Mapped[bytes] = mapped_column(LargeBinary)
    seen_at: Mapped[datetime]


class TextBand(Base):
    """One band of a leading text's sketch: texts that share a band may be alike."""

    __tablename__ = "text_bands"
    __table_args__ = (Index("ix_text_bands_value", "value", "seen_at"),)

    revision_id: Mapped[int] = mapped_column(
        ForeignKey("text_leads.revision_id", ondelete="RESTRICT"), primary_key=True
    )
    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    seen_at: Mapped[datetime]


class PicturePrint(Base):
    """A picture of a queued revision: the platform's number for it, or, once captured, how it looks (PDQ)."""

    __tablename__ = "picture_prints"
    __table_args__ = (
        CheckConstraint("(media_id IS NULL) <> (pdq IS NULL)", name="one_of_both"),
        Index("ix_picture_prints_media_id", "media_id"),
        Index("ix_picture_prints_seen_at", "seen_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="RESTRICT"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    #: The platform and its number for the picture.
    media_id: Mapped[str | None] = mapped_column(String(240))
    pdq: Mapped[str | None] = mapped_column(String(64))
    seen_at: Mapped[datetime]


class Fingerprint(Base):
    """What an upheld takedown taught, until it is withdrawn: words by hash and sketch, a picture by its id.

    Never the words themselves.
    """

    __tablename__ = "fingerprints"
    __table_args__ = (
        CheckConstraint(one_of("kind", FINGERPRINT_KINDS), name="kind"),
        CheckConstraint(one_of("severity", SEVERITIES), name="severity"),
        CheckConstraint("(kind = 'words') = (exact IS NOT NULL)", name="words_have_a_hash"),
        CheckConstraint("(kind = 'picture') = (media_id IS NOT NULL OR pdq IS NOT NULL)", name="picture"),
        CheckConstraint("sketch IS NULL OR kind = 'words'", name="sketch_of_words"),
        *(
            Index(
                f"ix_fingerprints_{column}",
                column,
                sqlite_where=text("withdrawn_at IS NULL"),
                postgresql_where=text("withdrawn_at IS NULL"),
            )
            for column in ("exact", "media_id", "case_id")
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="RESTRICT"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id", ondelete="RESTRICT"))
    severity: Mapped[str] = mapped_column(String(20))
    #: Hash of the words with disguise undone.
    exact: Mapped[str | None] = mapped_column(String(64))
    #: Set: only the same author's words are taken for these again. They are too short or too common.
    only_author_id: Mapped[int | None] = mapped_column(ForeignKey("authors.id", ondelete="RESTRICT"))
    #: None: only the very same words are taken for these.
    sketch: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: The platform and its number for the picture.
    media_id: Mapped[str | None] = mapped_column(String(240))
    pdq: Mapped[str | None] = mapped_column(String(64))
    taught_at: Mapped[datetime]
    #: From when on only the very same words count: a person did not uphold what was merely alike.
    narrowed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class FingerprintBand(Base):
    """One band of a fingerprint's sketch."""

    __tablename__ = "fingerprint_bands"
    __table_args__ = (Index("ix_fingerprint_bands_value", "value"),)

    fingerprint_id: Mapped[int] = mapped_column(
        ForeignKey("fingerprints.id", ondelete="RESTRICT"), primary_key=True
    )
    value: Mapped[int] = mapped_column(BigInteger, primary_key=True)
