"""How people sign in to the review site: ways in, sessions, sent forms, preferences, and refusals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, RowId, one_of

#: Over which way a session began: with a password of Upstander's own, or over the Trust's identity provider.
WAYS_IN = ("local", "oidc")
#: Why a session ended.
SESSION_ENDS = (
    "signed_out",
    "idle",
    "too_long",
    "password_changed",
    "reset",
    "ended_by_administrator",
    "inactive",
    "second_factor",
)
#: The languages of the review site: English and Welsh.
LANGUAGES = ("en", "cy")
#: What refused attempts are counted by: the user name that was typed, or the address that it came from.
COUNTED_BY = ("user_name", "address")


class SignIn(Base):
    """The local way in of one person: a user name, a password, and a second factor."""

    __tablename__ = "sign_ins"
    __table_args__ = (
        CheckConstraint("length(user_name) > 0", name="user_name"),
        CheckConstraint("(totp_confirmed_at IS NULL) = (totp_secret IS NULL)", name="totp_confirmed"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"), unique=True)
    #: Case-folded, so that nobody has to remember how it was written.
    user_name: Mapped[str] = mapped_column(String(100), unique=True)
    #: Argon2id, with its parameters and salt.
    password_hash: Mapped[str] = mapped_column(Text)
    #: The secret of the authenticator app, encrypted under a key that lies outside the database.
    totp_secret: Mapped[str | None] = mapped_column(Text)
    #: When a first code showed that the app has the secret; before that the secret is not kept.
    totp_confirmed_at: Mapped[datetime | None]
    #: The newest step of 30 seconds whose code was taken: that code, and any before it, is never taken again.
    last_totp_step: Mapped[int | None] = mapped_column(BigInteger)
    #: Whether the password is one that somebody else has seen, and is changed before anything else.
    must_change: Mapped[bool]
    created_at: Mapped[datetime]
    #: When the password was last set.
    changed_at: Mapped[datetime]


class RecoveryCode(Base):
    """One code that stands in for the authenticator app, once."""

    __tablename__ = "recovery_codes"

    sign_in_id: Mapped[int] = mapped_column(ForeignKey("sign_ins.id", ondelete="RESTRICT"), primary_key=True)
    #: HMAC-SHA256 under the key that lies outside the database, in hexadecimal.
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime | None]


class Federated(Base):
    """Whom the Trust's identity provider means by a subject.

    Kept, so that an e-mail address that goes to somebody else one day opens nothing to them.
    """

    __tablename__ = "federated"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        UniqueConstraint("person_id", "issuer"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]


class WebSession(Base):
    """One session of one person in one browser. The token itself is nowhere but in that browser.

    Triggers keep whose it is as it was written, and keep an ended one ended.
    """

    __tablename__ = "web_sessions"
    __table_args__ = (
        CheckConstraint(one_of("how", WAYS_IN), name="how"),
        CheckConstraint(one_of("ended_why", SESSION_ENDS), name="ended_why"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended_whole"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    #: SHA-256 of the token, in hexadecimal.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"), index=True)
    how: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    #: When the person last showed that it is them, with password, code or identity provider.
    confirmed_at: Mapped[datetime]
    #: Whether a second factor was shown in this session.
    second_factor: Mapped[bool]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(String(30))


class UsedForm(Base):
    """A form that was sent in a session, so that sending it twice does nothing twice."""

    __tablename__ = "used_forms"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("web_sessions.id", ondelete="RESTRICT"), primary_key=True
    )
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime]


class Preference(Base):
    """How one person wants the review site to be. Who has no row has these defaults."""

    __tablename__ = "preferences"
    __table_args__ = (CheckConstraint(one_of("language", LANGUAGES), name="language"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"), primary_key=True)
    #: Whether pictures and abuse are blurred until asked for.
    blur: Mapped[bool] = mapped_column(default=True)
    greyscale: Mapped[bool] = mapped_column(default=True)
    #: Whether single keys act (WCAG 2.1.4 lets them be turned off).
    single_keys: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(2), default="en")


class SignInLimit(Base):
    """How often signing in was refused of late for one user name or one address.

    Kept for names that nobody has as well, so that being locked out tells nothing.
    """

    __tablename__ = "sign_in_limits"
    __table_args__ = (CheckConstraint(one_of("counted_by", COUNTED_BY), name="counted_by"),)

    counted_by: Mapped[str] = mapped_column(String(10), primary_key=True)
    #: HMAC-SHA256 of it under the key that lies outside the database: people type passwords into that field.
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    #: From when on these were counted.
    since: Mapped[datetime]
    locked_until: Mapped[datetime | None]
