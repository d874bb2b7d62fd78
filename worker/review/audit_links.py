"""Which cases an audit row has to do with: by what it is about, and by what its facts name.

A row tells who did or saw something. Where that was a case which is kept from somebody, the row is kept from
them too, and no fact of another row names it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, or_, select

from worker.store import tables as t

#: From some cases, with their comments, to the numbers of the things that have to do with them.
ThingsOf = Callable[[CTE], Select[Any]]


def _naming(table: Any) -> ThingsOf:
    """The rows of a table that name one of the cases."""
    return lambda cases: select(table.id).join(cases, cases.c.id == table.case_id)


def _reports(cases: CTE) -> Select[Any]:
    asked = t.PlatformReport.requested_action_id == t.RequestedAction.id
    return (
        _naming(t.RequestedAction)(cases).with_only_columns(t.PlatformReport.id).join(t.PlatformReport, asked)
    )


def _exports(cases: CTE) -> Select[Any]:
    return select(t.ExportCase.export_id).join(cases, cases.c.id == t.ExportCase.case_id)


def _groups(cases: CTE) -> Select[Any]:
    return select(t.GroupMember.group_id).join(cases, cases.c.id == t.GroupMember.case_id)


def _group_decisions(cases: CTE) -> Select[Any]:
    """Those on groups that one of the cases is in, whether or not it was among what was decided."""
    of_group = t.GroupDecision.group_id == t.GroupMember.group_id
    return _groups(cases).with_only_columns(t.GroupDecision.id).join(t.GroupDecision, of_group)


#: The kinds of thing that have to do with cases.
THINGS_OF: Mapping[str, ThingsOf] = {
    "case": lambda cases: select(cases.c.id),
    "comment": lambda cases: select(cases.c.comment_id),
    "requested_action": _naming(t.RequestedAction),
    "referral": _naming(t.Referral),
    "not_referred": _naming(t.NotReferred),
    "task": _naming(t.Task),
    "appeal": _naming(t.Appeal),
    "snapshot": _naming(t.Snapshot),
    "support_offer": _naming(t.SupportOffer),
    "hand_in": _naming(t.HandIn),
    "page": _naming(t.Page),
    "platform_report": _reports,
    "export": _exports,
    "group": _groups,
    "group_decision": _group_decisions,
}
#: The kinds that have to do with none. What stands in neither is kept from everybody: nobody said what it is.
ABOUT_NO_CASE = frozenset(
    {
        "account",
        "audit",
        "author",
        "backup",
        "block",
        "database",
        "disposal",
        "hold",
        "job",
        "ledger",
        "major_incident",
        "on_call",
        "person",
        "queue",
        "reply",
        "retention",
        "rules",
        "search",
        "signing_key",
        "settings",
        "subject_request",
        "summary",
        "switch",
    }
)
#: Facts that name cases, though their names do not say so.
_NAMING = frozenset({"decided", "left_out", "matched_unseen", "repost_of"})
#: Facts that are lists of other numbers. Those of which nobody said so are told to nobody: they may be cases.
_OTHER_NUMBERS = frozenset({"authors", "people", "posts"})


def about_none_of(kept: ColumnElement[bool]) -> ColumnElement[bool]:
    """The SQL that holds of the audit rows that have nothing to do with some cases.

    Args:
        kept: the SQL that holds of those cases. They are looked up once, not row by row.
    """
    kind, number = t.Audit.object_type, t.Audit.object_id
    cases = select(t.Case.id, t.Case.comment_id).where(kept).cte("kept")
    theirs = or_(*(and_(kind == each, number.in_(things(cases))) for each, things in THINGS_OF.items()))
    return and_(kind.in_(sorted({*THINGS_OF, *ABOUT_NO_CASE})), or_(number.is_(None), ~theirs))


def cases_named(detail: Mapping[str, Any]) -> Iterator[int]:
    """The numbers of the cases that a row's facts name."""
    for name, value in detail.items():
        if _names_cases(name):
            for each in value if isinstance(value, list) else [value]:
                if (number := _number(each)) is not None:
                    yield number
        elif isinstance(value, dict):
            yield from cases_named(value)


def naming_only(detail: Mapping[str, Any], cases: Collection[int]) -> dict[str, Any]:
    """A row's facts, without any mention of other cases than these."""
    left: dict[str, Any] = {}
    for name, value in detail.items():
        if _names_cases(name):
            if isinstance(value, list):
                left[name] = [each for each in value if _number(each) in cases]
            elif _number(value) in cases:
                left[name] = value
        elif isinstance(value, dict):
            left[name] = naming_only(value, cases)
        elif name in _OTHER_NUMBERS or not isinstance(value, list) or not any(map(_number, value)):
            left[name] = value
    return left


def _names_cases(name: str) -> bool:
    return "case" in name or name in _NAMING


def _number(value: Any) -> int | None:
    """The case that a fact names: by its number, or by a list that begins with it."""
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, int) else None
