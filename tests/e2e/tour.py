"""A tour of the site: every page that shows something, and somebody whose page it is."""

from __future__ import annotations

from dataclasses import dataclass

from tests.e2e.desk import Desk
from worker.cli.demo_world import ADMINISTRATOR, OFFICER, REVIEWER, SENIOR

_LEAD = "Cora Demo"
#: Pages that are no pages for people to look at: files, parts of pages, ways that lead on at once.
NOT_SHOWN = frozenset(
    {
        "/",
        "/cases/{number:int}/questions",
        "/evidence/cases/{number:int}/proofs/{row:int}",
        "/evidence/snapshots/{number:int}/pictures/{name:path}",
        "/evidence/snapshots/{number:int}/videos/{name:path}",
        "/evidence/snapshots/{number:int}/report",
        "/sign-in/provider",
        "/sign-in/provider/back",
        "/sign-in/provider/confirm",
    }
)


@dataclass(frozen=True)
class Stop:
    """One page of the tour.

    Attributes:
        name: of its picture; empty where no picture of it is kept.
        who: whose page it is; None: nobody is signed in.
        path: where it is.
        of: the path in the site's own table.
    """

    name: str
    who: str | None
    path: str
    of: str


def tour(desk: Desk) -> tuple[Stop, ...]:
    """Every page, at this desk."""
    return (*_casework(desk), *_beside_it(desk))


def _casework(desk: Desk) -> tuple[Stop, ...]:
    """The pages of those who decide."""
    waiting = desk.app.review.queue(desk.world.people[REVIEWER], limit=1).rows[0].case_id
    group = desk.app.casework.groups.rows(desk.world.people[REVIEWER], limit=1)[0].group_id
    case, decided = "/cases/{number:int}", desk.upheld[0]
    return (
        Stop("sign-in", None, "/sign-in", "/sign-in"),
        Stop("queue", REVIEWER, "/queue", "/queue"),
        Stop("case", REVIEWER, f"/cases/{waiting}", case),
        Stop("case-decided", REVIEWER, f"/cases/{decided}", case),
        Stop("what-follows", REVIEWER, f"/cases/{decided}/decided", f"{case}/decided"),
        Stop("groups", REVIEWER, "/groups", "/groups"),
        Stop("group", REVIEWER, f"/groups/{group}", "/groups/{number:int}"),
        Stop("approvals", SENIOR, "/approvals", "/approvals"),
        Stop("tasks", SENIOR, "/tasks", "/tasks"),
        Stop("referrals", REVIEWER, f"/cases/{decided}/referrals", f"{case}/referrals"),
        Stop("referral", REVIEWER, f"/referrals/{desk.referral}", "/referrals/{number:int}"),
        Stop("", REVIEWER, "/referrals", "/referrals"),
        Stop("report", REVIEWER, f"/cases/{desk.reported}/report", f"{case}/report"),
        Stop("", REVIEWER, f"/reports/{desk.report}", "/reports/{number:int}"),
        Stop("", REVIEWER, "/reports", "/reports"),
        Stop("datix", REVIEWER, f"/cases/{decided}/datix", f"{case}/datix"),
    )


def _beside_it(desk: Desk) -> tuple[Stop, ...]:
    """The pages of those who are called, keep evidence, read figures and run the site."""
    waiting = desk.app.review.queue(desk.world.people[REVIEWER], limit=1).rows[0].case_id
    case, decided = "/cases/{number:int}", desk.upheld[0]
    return (
        Stop("escalations", SENIOR, "/escalations", "/escalations"),
        Stop("on-call", SENIOR, "/on-call", "/on-call"),
        Stop("hand-in", _LEAD, "/hand-ins/new", "/hand-ins/new"),
        Stop("", _LEAD, "/hand-ins", "/hand-ins"),
        Stop("appeals", SENIOR, "/appeals", "/appeals"),
        Stop("", REVIEWER, f"/cases/{decided}/appeal", f"{case}/appeal"),
        Stop("incidents", SENIOR, "/incidents", "/incidents"),
        Stop("", SENIOR, "/blocks", "/blocks"),
        Stop("evidence", OFFICER, "/evidence", "/evidence"),
        Stop("evidence-of-a-case", OFFICER, f"/evidence/cases/{decided}", "/evidence/cases/{number:int}"),
        Stop(
            "custody",
            OFFICER,
            f"/evidence/cases/{decided}/custody",
            "/evidence/cases/{number:int}/custody",
        ),
        Stop("", OFFICER, f"/cases/{decided}/pictures", f"{case}/pictures"),
        Stop(
            "suspected-imagery",
            REVIEWER,
            f"/cases/{waiting}/media/suspected",
            f"{case}/media/suspected",
        ),
        Stop("exports", OFFICER, "/exports", "/exports"),
        Stop("export-new", OFFICER, f"/exports/new?case={decided}", "/exports/new"),
        Stop("export", OFFICER, f"/exports/{desk.export}", "/exports/{number:int}"),
        Stop("search", REVIEWER, "/search?words=nurse", "/search"),
        Stop("dashboard", _LEAD, "/dashboard", "/dashboard"),
        Stop("rules", REVIEWER, "/rules", "/rules"),
        Stop("rule", REVIEWER, "/rules/threat.execution", "/rules/{rule}"),
        Stop("rules-try", REVIEWER, "/rules/try", "/rules/try"),
        Stop("accounts", ADMINISTRATOR, "/accounts", "/accounts"),
        Stop("", ADMINISTRATOR, "/accounts/1", "/accounts/{number:int}"),
        Stop("people", ADMINISTRATOR, "/people", "/people"),
        Stop("person", ADMINISTRATOR, "/people/2", "/people/{number:int}"),
        Stop("audit", ADMINISTRATOR, "/audit", "/audit"),
        Stop("settings", ADMINISTRATOR, "/settings", "/settings"),
        Stop("you", REVIEWER, "/you", "/you"),
        Stop("", REVIEWER, "/you/password", "/you/password"),
        Stop("second-factor", SENIOR, "/you/second-factor", "/you/second-factor"),
        Stop("help", REVIEWER, "/help", "/help"),
        Stop("keys", REVIEWER, "/keys", "/keys"),
        Stop("accessibility", None, "/accessibility", "/accessibility"),
    )
