"""Every table, under one name: `from worker.store import tables as t`."""

from worker.store.casework import Case, Claim, Decision, DecisionCategory, RequestedAction
from worker.store.evidence import Action, Snapshot
from worker.store.people import ROLES, Person, PersonRole
from worker.store.platform import Account, Author, Comment, Feed, Finding, Gap, Post, Revision
from worker.store.running import Audit, Election, Job, Process, Schedule, Summary
from worker.store.types import Base

__all__ = [
    "ROLES",
    "Account",
    "Action",
    "Audit",
    "Author",
    "Base",
    "Case",
    "Claim",
    "Comment",
    "Decision",
    "DecisionCategory",
    "Election",
    "Feed",
    "Finding",
    "Gap",
    "Job",
    "Person",
    "PersonRole",
    "Post",
    "Process",
    "RequestedAction",
    "Revision",
    "Schedule",
    "Snapshot",
    "Summary",
]
