"""Every table, under one name: `from worker.store import tables as t`."""

from worker.store.casework import Case, Claim, Decision, DecisionCategory, RequestedAction
from worker.store.custody import Disposal, Export, ExportCase, Hold, Mark
from worker.store.evidence import Action, Snapshot, Timestamp
from worker.store.ledger import Checkpoint, LedgerEntry, LedgerHead, LedgerNode, Publication
from worker.store.offsite import OffsiteCopy
from worker.store.people import ROLES, Person, PersonRole
from worker.store.platform import Account, Author, Comment, Feed, Finding, Gap, Post, Revision
from worker.store.running import Audit, Election, Job, Process, Schedule, Summary
from worker.store.tasks import Task
from worker.store.types import Base

__all__ = [
    "ROLES",
    "Account",
    "Action",
    "Audit",
    "Author",
    "Base",
    "Case",
    "Checkpoint",
    "Claim",
    "Comment",
    "Decision",
    "DecisionCategory",
    "Disposal",
    "Election",
    "Export",
    "ExportCase",
    "Feed",
    "Finding",
    "Gap",
    "Hold",
    "Job",
    "LedgerEntry",
    "LedgerHead",
    "LedgerNode",
    "Mark",
    "OffsiteCopy",
    "Person",
    "PersonRole",
    "Post",
    "Process",
    "Publication",
    "RequestedAction",
    "Revision",
    "Schedule",
    "Snapshot",
    "Summary",
    "Task",
    "Timestamp",
]
