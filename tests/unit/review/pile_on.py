"""A group of cases that one person decides on together."""

from __future__ import annotations

from sqlalchemy import select

from tests.judging import said
from tests.unit.review.desk import Desk, done
from worker.review.together import Groups
from worker.store import tables as t


class Flood:
    """A group of one author's cases, decided together as a threat to a named member of staff.

    Args:
        size: how many cases it has, the desk's own among them.
    """

    def __init__(self, desk: Desk, size: int = 3) -> None:
        self.desk, self.scene = desk, desk.scene
        cases = [
            self.scene.case(f"{size}.{number}", "I know where that nurse parks") for number in range(1, size)
        ]
        self.revisions = {desk.case: desk.revision} | {case_id: revision for case_id, _, revision in cases}
        self.cases = tuple(self.revisions)
        self.stage = Groups(self.scene.store, self.scene.clock)
        self.decisions: dict[int, int] = {}

    def decide(self, *categories: str) -> None:
        """Decide on all of them as shown."""
        (row,) = [each for each in self.stage.rows(self.scene.reviewer) if each.kind == "author"]
        view = self.stage.show(self.scene.reviewer, row.group_id, limit=500)

        def one(case_id: int, _revision_id: int, together: int | None) -> int:
            return self.ruled(case_id, *categories or ("threat",), together=together)

        shown = self.stage.decide(self.scene.reviewer, row.group_id, one, token=view.token)
        assert not shown.left_out
        self.decisions = dict(shown.decided)

    def ruled(
        self, case_id: int, *categories: str, together: int | None = None, supersedes: int | None = None
    ) -> int:
        """The reviewer decides on one case; none of these categories: it is not upheld."""
        verdict = "upheld" if categories else "not_upheld"
        return self.scene.review.decide(
            self.scene.reviewer,
            case_id,
            self.revisions[case_id],
            verdict,
            categories=categories,
            severity="serious" if categories else None,
            reason="A pile-on on a named nurse.",
            particulars=said(verdict, **({"target": "named_staff"} if categories else {})),
            together=together,
            supersedes=supersedes,
        )

    def followed(self) -> None:
        """The job that follows the group decision."""
        self.desk.of.aftercare.follow_group(1, done)

    def corrected(self, case_id: int, *categories: str) -> None:
        """One case is decided anew, and that is followed."""
        self.ruled(case_id, *categories, supersedes=self.decisions[case_id])
        self.desk.of.aftercare.follow(case_id, done)

    def waiting(self) -> dict[str, int | None]:
        """The tasks that wait, by kind: about which case, None where they are the group's."""
        with self.scene.store.read() as session:
            rows = session.execute(select(t.Task.kind, t.Task.case_id).where(t.Task.done_at.is_(None)))
            found = [(kind, case_id) for kind, case_id in rows]
        assert len(dict(found)) == len(found), f"asked for twice: {found}"
        return dict(found)
