"""Tables for a spreadsheet, safe to open in one."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from worker.evidence.handover.plain import cell


def as_csv(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """A table as CSV: UTF-8 with a mark that spreadsheets know it by, every cell quoted, none a formula."""
    made = StringIO(newline="")
    writer = csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([cell(value) for value in row] for row in rows)
    return made.getvalue().encode("utf-8-sig")
