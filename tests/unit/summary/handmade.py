"""A week made by hand: few rows, chosen so that every figure can be worked out on paper.

The week is 2026-W46, from Monday 9 November to Sunday 15 November 2026, all in GMT. Everything that
people wrote, and everybody's name, holds a word of `SECRETS`, so that a leak can be searched for.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.unit.summary.maker import HANDLE, Maker, at
from worker.store import tables as t
from worker.store.session import Store

__all__ = ["HANDLE", "NOW", "SECRETS", "WEEK", "at", "make_week"]

WEEK = "2026-W46"
#: Monday 16 November 2026 at 8:00am: when the summary of the week is due.
NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
SECRETS = (
    "zzcommentwords",
    "zzauthorhandle",
    "zzauthorname",
    "zzposttext",
    "zzstaffname",
    "zzstaffmail",
    "zzreason",
    "zzmatched",
    "zzdetail",
    "zzoutcome",
    "zzcredential",
)


def make_week(store: Store) -> None:
    """Fill an empty store."""
    with store.write() as session:
        make = Maker(session)
        make.people()
        make.account("x", "mentions", caught_up_at=at(16, "07:59:00"))
        make.account("facebook", "comments", caught_up_at=at(15, "20:00:00"))
        make.post = make.add(
            t.Post(
                account_id=make.accounts["x"],
                external_id="p1",
                text="zzposttext",
                first_seen_at=at(2, "10:00:00"),
            )
        ).id
        _decided_cases(make)
        _other_cases(make)
        _gaps(make)
        make.add(
            t.Job(
                kind="capture",
                payload={},
                state="stuck",
                created_at=at(12),
                due_at=at(12),
                last_error="zzdetail",
                finished_at=at(12),
            )
        )


def _decided_cases(make: Maker) -> None:
    c1 = make.comment("x", "c1", at(5, "10:00:00"), at(5, "09:59:00"))
    c2 = make.comment("x", "c2", at(9), at(8, "23:58:00"))
    c3 = make.comment("x", "c3", at(10, "10:00:00"), at(10, "09:50:00"))

    k1 = make.case(
        c1,
        "serious",
        at(5, "10:00:00"),
        at(5, "14:00:00"),
        viewed=at(9, "10:00:00"),
        closed=at(9, "12:00:00"),
    )
    d1 = make.decision(k1, "upheld", at(9, "12:00:00"), severity="serious", categories=("threat", "hate"))
    s1 = make.snapshot(k1, at(5, "10:00:00"), at(5, "10:00:05"))
    make.request(k1, d1, "hide", at(9, "12:00:00"), "carried_out", at(9, "12:05:00"), calls=0, snapshot=s1)
    make.request(
        k1, d1, "unhide", at(15, "23:00:00"), "carried_out", at(16, "00:30:00"), calls=1, snapshot=s1
    )

    k2 = make.case(c2, "concerning", at(9), at(10), viewed=at(9, "01:00:00"), closed=at(11))
    d2 = make.decision(k2, "upheld", at(10), severity="concerning", categories=("insult",))
    d3 = make.decision(k2, "not_upheld", at(11), supersedes=d2)
    s2 = make.snapshot(k2, at(9), at(9, "00:00:04"))
    make.snapshot(k2, at(9), at(9, "00:05:00"), core=s2)
    make.request(k2, d2, "hide", at(10), "refused", at(10, "00:01:00"))
    make.request(k2, d3, "unhide", at(11), "outside", at(11, "00:02:00"))

    k3 = make.case(
        c3,
        "immediate_danger",
        at(10, "10:00:00"),
        at(10, "10:15:00"),
        viewed=at(10, "10:02:00"),
        closed=at(10, "10:10:00"),
    )
    d4 = make.decision(k3, "upheld", at(10, "10:10:00"), severity="immediate_danger", categories=("threat",))
    s3 = make.snapshot(k3, at(10, "10:00:00"), at(10, "10:00:03"))
    make.request(k3, d4, "hide", at(10, "10:10:00"), "carried_out", at(10, "10:11:00"), calls=1, snapshot=s3)


def _other_cases(make: Maker) -> None:
    two_days = timedelta(days=2)
    c4 = make.comment("facebook", "c4", at(11, "12:00:00"), at(11, "11:55:00"))
    c5 = make.comment("facebook", "c5", at(15, "23:59:59"), at(15, "23:59:19"))
    c6 = make.comment("x", "c6", at(12, "09:00:00"), None)
    c7 = make.comment("x", "c7", at(12, "09:00:00"), at(1))
    make.comment("x", "c8", at(16), at(15, "23:00:00"))

    k4 = make.case(c4, "routine", at(11, "12:00:00"), at(13, "12:00:00"), state="needs_advice")
    make.decision(k4, "needs_advice", at(12, "12:00:00"))
    make.snapshot(k4, at(11, "12:00:00"), at(11, "12:00:04"))

    k5 = make.case(c5, "serious", at(15, "23:59:59"), at(16, "03:59:59"))
    make.snapshot(k5, at(15, "23:59:59"), at(16, "00:00:03"))

    k6 = make.case(
        c6, "routine", at(12, "09:00:00"), at(12, "09:00:00") + two_days, closed=at(16, "07:00:00")
    )
    make.decision(k6, "upheld", at(16, "07:00:00"), severity="routine", categories=("obscenity",))
    make.snapshot(k6, at(12, "09:00:00"), None)

    # Decided in the week, corrected after it: the week keeps what stood at its end.
    k7 = make.case(
        c7,
        "routine",
        at(12, "09:00:00"),
        at(12, "09:00:00") + two_days,
        viewed=at(12, "09:30:00"),
        closed=at(16, "06:00:00"),
    )
    d7 = make.decision(k7, "upheld", at(12, "10:00:00"), severity="routine", categories=("insult",))
    make.decision(k7, "not_upheld", at(16, "06:00:00"), supersedes=d7)
    make.snapshot(k7, at(12, "09:00:00"), at(12, "09:00:02"))
    make.request(k7, d7, "hide", at(12, "10:00:00"), "failed", at(12, "10:01:00"))


def _gaps(make: Maker) -> None:
    make.gap("x", "platform_unavailable", at(8, "22:00:00"), at(9, "02:00:00"))
    make.gap("x", "late", at(9, "01:00:00"), at(9, "03:00:00"))
    make.gap("x", "rate_limited", at(10, "10:00:00"), at(10, "10:10:00"))
    make.gap("x", "rate_limited", at(10, "11:00:00"), at(10, "11:20:00"))
    make.gap("x", "unreachable", at(11, "09:00:00"), at(11, "09:00:00"))
    make.gap("x", "rate_limited", at(8, "10:00:00"), at(8, "10:00:30"))
    make.gap("facebook", "credentials_rejected", at(15, "20:00:00"), None)
