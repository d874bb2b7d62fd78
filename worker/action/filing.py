"""Recording that a person filed a report; a screenshot of the confirmation is sealed as evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import BinaryIO

from worker.evidence.supplements import Supplements
from worker.ledger.audit import Actor
from worker.review.reports import Filing, Reports


@dataclass(frozen=True)
class Confirmed:
    """The stage that records filings.

    Attributes:
        reports: tracks the report.
        supplements: takes the screenshot in and has it sealed.
    """

    reports: Reports
    supplements: Supplements

    def file(
        self, actor: Actor, report_id: int, filing: Filing, screenshot: tuple[str, BinaryIO] | None = None
    ) -> Filing:
        """Record a filing. The screenshot is taken in first: it is evidence of the case either way.

        Args:
            screenshot: the file's name and the file.

        Returns:
            The filing as it was recorded.

        Raises:
            NotAllowed: the actor may not file reports, not add evidence, or not see this case.
            Conflict: it was filed, is no longer wanted, or its pictures may not be copied.
            FilingIncomplete, NotAccepted: what was said or handed in does not do.
        """
        if screenshot is not None:
            case_id = self.reports.check_may_file(actor, report_id, filing.at)
            name, file = screenshot
            note = f"Confirmation of report {report_id} to the platform."
            number = self.supplements.add(case_id, name, file, actor, note)
            filing = replace(filing, screenshot_id=number)
        self.reports.file(actor, report_id, filing)
        return filing
