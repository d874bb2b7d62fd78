"""Every table, under one name: `from worker.store import tables as t`."""

from worker.store.appeals import Appeal, SubjectRequest
from worker.store.approving import Approval, BlockTerms, Switch
from worker.store.casework import Case, Claim, Decision, DecisionCategory, RequestedAction
from worker.store.custody import Disposal, Export, ExportCase, Hold, Mark
from worker.store.deciding import (
    CaseCheck,
    CaseNote,
    Conflict,
    DecisionAnswer,
    DecisionCharacteristic,
    Restriction,
)
from worker.store.evidence import Action, Snapshot, Timestamp
from worker.store.groups import (
    DecidedTogether,
    Fingerprint,
    FingerprintBand,
    Group,
    GroupDecision,
    GroupMember,
    GroupShowing,
    PicturePrint,
    TextBand,
    TextLead,
)
from worker.store.handins import (
    HandIn,
    HandInClosing,
    HandInFile,
    IncidentMail,
    MajorIncident,
    ProtectedName,
    TemporaryRole,
)
from worker.store.ledger import Checkpoint, LedgerEntry, LedgerHead, LedgerNode, Publication
from worker.store.offsite import OffsiteCopy
from worker.store.paging import CaseFlag, OnCall, OverdueNotice, Page, PageSending
from worker.store.people import ROLES, Person, PersonRole
from worker.store.platform import Account, Author, Comment, Feed, Finding, Gap, Post, Revision
from worker.store.referrals import (
    DatixReference,
    HandOver,
    NotReferred,
    Referral,
    ReferralChase,
    SupportOffer,
)
from worker.store.reports import PlatformReport, PostedReply, ReportCorrection
from worker.store.running import Audit, Election, Job, Process, Schedule, Summary
from worker.store.searching import RevisionWords
from worker.store.signing_in import (
    Federated,
    Preference,
    RecoveryCode,
    SignIn,
    SignInLimit,
    UsedForm,
    WebSession,
)
from worker.store.tasks import Task
from worker.store.types import Base

__all__ = [
    "ROLES",
    "Account",
    "Action",
    "Appeal",
    "Approval",
    "Audit",
    "Author",
    "Base",
    "BlockTerms",
    "Case",
    "CaseCheck",
    "CaseFlag",
    "CaseNote",
    "Checkpoint",
    "Claim",
    "Comment",
    "Conflict",
    "DatixReference",
    "DecidedTogether",
    "Decision",
    "DecisionAnswer",
    "DecisionCategory",
    "DecisionCharacteristic",
    "Disposal",
    "Election",
    "Export",
    "ExportCase",
    "Federated",
    "Feed",
    "Finding",
    "Fingerprint",
    "FingerprintBand",
    "Gap",
    "Group",
    "GroupDecision",
    "GroupMember",
    "GroupShowing",
    "HandIn",
    "HandInClosing",
    "HandInFile",
    "HandOver",
    "Hold",
    "IncidentMail",
    "Job",
    "LedgerEntry",
    "LedgerHead",
    "LedgerNode",
    "MajorIncident",
    "Mark",
    "NotReferred",
    "OffsiteCopy",
    "OnCall",
    "OverdueNotice",
    "Page",
    "PageSending",
    "Person",
    "PersonRole",
    "PicturePrint",
    "PlatformReport",
    "Post",
    "PostedReply",
    "Preference",
    "Process",
    "ProtectedName",
    "Publication",
    "RecoveryCode",
    "Referral",
    "ReferralChase",
    "ReportCorrection",
    "RequestedAction",
    "Restriction",
    "Revision",
    "RevisionWords",
    "Schedule",
    "SignIn",
    "SignInLimit",
    "Snapshot",
    "SubjectRequest",
    "Summary",
    "SupportOffer",
    "Switch",
    "Task",
    "TemporaryRole",
    "TextBand",
    "TextLead",
    "Timestamp",
    "UsedForm",
    "WebSession",
]
