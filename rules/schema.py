"""The words of the rules room: what a rule is, what it is applied to, and what comes out.

Everything here is frozen: a rule or a verdict can be shared between threads and kept for as long as needed.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Severity(StrEnum):
    """How urgently a person should look, lowest first. Compares by urgency, not by spelling."""

    ROUTINE = "routine"
    CONCERNING = "concerning"
    SERIOUS = "serious"
    IMMEDIATE_DANGER = "immediate_danger"

    @property
    def rank(self) -> int:
        """Position on the scale, 0 (routine) to 3 (immediate danger)."""
        return _SEVERITY_ORDER[self.value]

    def __lt__(self, other: str) -> bool:
        return self.rank < Severity(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Severity(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Severity(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Severity(other).rank


_SEVERITY_ORDER = {"routine": 0, "concerning": 1, "serious": 2, "immediate_danger": 3}


class Category(StrEnum):
    """The closed list of categories. Nothing else is ever emitted."""

    THREAT = "threat"
    HATE = "hate"
    HARASSMENT = "harassment"
    STALKING = "stalking"
    INSULT = "insult"
    SEXUAL_HARASSMENT = "sexual_harassment"
    OBSCENITY = "obscenity"
    DOXXING = "doxxing"
    PATIENT_CONFIDENTIALITY = "patient_confidentiality"
    DEFAMATION = "defamation"
    BLACKMAIL = "blackmail"
    IMPERSONATION = "impersonation"
    INCITEMENT = "incitement"
    SELF_HARM = "self_harm"
    SAFEGUARDING = "safeguarding"
    MISINFORMATION = "misinformation"
    INTIMATE_IMAGE = "intimate_image"
    SUSPECTED_CSAM = "suspected_csam"
    ACCOUNT_COMPROMISE = "account_compromise"
    SPAM_SCAM = "spam_scam"
    REPOST = "repost"
    OTHER = "other"
    COMPLAINT = "complaint"


#: Criticism is not abuse: findings of these categories route, but never put a comment in the queue.
NEVER_QUEUES = frozenset({Category.COMPLAINT})


class Characteristic(StrEnum):
    """The nine protected characteristics of the Equality Act 2010."""

    AGE = "age"
    DISABILITY = "disability"
    GENDER_REASSIGNMENT = "gender_reassignment"
    MARRIAGE_CIVIL_PARTNERSHIP = "marriage_civil_partnership"
    PREGNANCY_MATERNITY = "pregnancy_maternity"
    RACE = "race"
    RELIGION_BELIEF = "religion_belief"
    SEX = "sex"
    SEXUAL_ORIENTATION = "sexual_orientation"


class RuleState(StrEnum):
    """Where a rule is in its life. Only live rules are evaluated; the others are checked and kept."""

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


class Route(StrEnum):
    """Who a finding concerns besides the reviewer."""

    REVIEW = "review"
    WELFARE = "welfare"
    SAFEGUARDING = "safeguarding"
    PALS = "pals"
    HR = "hr"
    IT = "it"
    LEGAL = "legal"
    SECURITY = "security"
    POLICE = "police"
    INFORMATION_GOVERNANCE = "information_governance"


@dataclass(frozen=True, slots=True)
class CategoryInfo:
    """What `categories.yaml` says about one category.

    `arises` says how a comment comes to have it when no rule on its text can show it (empty otherwise).
    `platform_reports` maps a platform's name to the reason to choose in its own report form.
    """

    id: Category
    title: str
    definition: str
    severity: Severity
    routes: tuple[Route, ...]
    platform_reports: dict[str, str]
    arises: str = ""


@dataclass(frozen=True, slots=True)
class RevisionText:
    """The text of one revision of a comment, as the author wrote it, and its language if known (BCP 47)."""

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The author's history on the Trust's own accounts, counted before this revision and handed in."""

    author_known: bool = False
    previous_comments: int = 0
    previous_queued: int = 0
    previous_incidents: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a rule's `when`: a field of Context and the inclusive bounds its value must keep."""

    name: str
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule looks for; any one of them is enough. Phrases are already spelt out in full.

    Phrases and keywords match whole words of the folded text, `word_patterns` (RE2) its words with one space
    between them, `patterns` (RE2) its folded characters with punctuation and digits left as written.
    """

    phrases: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    word_patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examples:
    """Made-up comments that the rule must find, and comments that it must leave alone."""

    match: tuple[str, ...] = ()
    no_match: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a pack. `exceptions` cancel a match they overlap; `unless` cancels the whole rule."""

    id: str
    title: str
    category: Category
    severity: Severity
    match: Match
    reason: str
    owner: str
    review_date: date
    state: RuleState
    version: int
    characteristics: tuple[Characteristic, ...] = ()
    exceptions: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    examples: Examples = field(default_factory=Examples)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule matched one revision. `start` and `end` count characters of the original text."""

    rule_id: str
    rule_version: int
    category: Category
    severity: Severity
    start: int
    end: int
    matched: str
    reason: str
    characteristics: tuple[Characteristic, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings of a revision in reading order, the highest severity, priority 0-100, whether to queue."""

    findings: tuple[Finding, ...]
    severity: Severity | None
    priority: int
    queue: bool
    categories: tuple[Category, ...]
