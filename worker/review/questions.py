"""The questions that a decision must answer, as a Trust's table says, and what an answer leads to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules.schema import Category, Severity
from worker.review.entries import Entry, read_entries, refuse_problems
from worker.review.errors import DecisionIncomplete, unknown
from worker.review.pasting import pasteable
from worker.store.casework import ACTION_KINDS, DECISIONS

#: The table's file in the folder of reference data.
QUESTIONS = "questions.yaml"
ANSWERS = ("yes", "no", "unsure")
#: What an answer can lead to; each is carried out in `review.consequences`, or checked in `Particulars`.
SAY_WHY_UPHELD, EMERGENCY, SAFEGUARDING, PATIENT, REFUSE = EFFECTS = (
    "say_why_upheld",
    "emergency",
    "safeguarding",
    "patient",
    "refuse",
)
#: While what goes on a question can be asked that is not asked at other times.
PRE_ELECTION = "pre_election"
_TASKED = frozenset({EMERGENCY, SAFEGUARDING, PATIENT})
_NAMES = ("words", "why", "verdicts", "categories", "severities", "actions", "during", "answers")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that can be given.

    Attributes:
        leads_to: one of EFFECTS, or None where nothing follows.
        prompt: what the person is told who gives it; empty where there is nothing to tell.
        minutes: within which somebody sees to what follows; 0 where nobody has to.
    """

    leads_to: str | None
    prompt: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and when it is asked. What is empty narrows nothing.

    Attributes:
        why: why it is asked, in words for a person.
        during: pre_election, or None.
    """

    id: str
    words: str
    why: str
    verdicts: tuple[str, ...]
    categories: tuple[str, ...]
    severities: tuple[str, ...]
    actions: tuple[str, ...]
    during: str | None
    answers: Mapping[str, Answer]

    @property
    def option(self) -> str:
        """How to answer it on the command line, as it can be pasted."""
        return pasteable(f"--answer {self.id}={'|'.join(self.answers)}")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a decision is about, as far as it decides on what is asked.

    Attributes:
        verdict: None asks for every verdict.
        categories, severities: those that rules found and those that the person chose.
        actions: what is asked of the platform; None asks for every action.
        going_on: pre_election, where that is.
    """

    verdict: str | None
    categories: frozenset[str]
    severities: frozenset[str]
    actions: frozenset[str] | None
    going_on: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Questions:
    """The Trust's table."""

    all: tuple[Question, ...] = ()

    def asked(self, occasion: Occasion) -> tuple[Question, ...]:
        """Those that must be answered on this occasion, in the table's order."""
        return tuple(each for each in self.all if _asked(each, occasion))

    def check(self, occasion: Occasion, given: Mapping[str, str]) -> dict[str, Answer]:
        """Refuse answers that are missing, unknown, or do not allow the decision.

        Returns:
            What was answered to each question that was asked.

        Raises:
            DecisionIncomplete: with every question that still needs its answer.
        """
        asked = self.asked(occasion)
        known = {each.id: each for each in self.all}
        for name, answer in given.items():
            if name not in known:
                raise unknown("question", name, known)
            if answer not in known[name].answers:
                raise unknown(f"answer to {name}", answer, known[name].answers)
        missing = [each for each in asked if each.id not in given]
        if missing:
            words = " ".join(f"{each.id}: {each.words}" for each in missing)
            raise DecisionIncomplete(
                f"This decision must answer: {words}",
                safe="Nothing was decided.",
                do=f"Add {' '.join(each.option for each in missing)}",
            )
        answered = {name: known[name].answers[answer] for name, answer in given.items()}
        for name, said in answered.items():
            if said.leads_to == REFUSE:
                raise _refused(f"With this answer to {name} it cannot be decided so. {said.prompt}")
        return answered

    def denied(self, answers: Mapping[str, str]) -> frozenset[str]:
        """What these answers say no to: the effects of other answers to the same questions."""
        asked = [each for each in self.all if each.id in answers]
        led_to = {each.answers[answers[each.id]].leads_to for each in asked}
        others = {other.leads_to for each in asked for other in each.answers.values()}
        return frozenset(effect for effect in others - led_to if effect is not None)

    def prompts(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        """What somebody is told who gave these answers: what cannot wait first, then in the table's order."""
        given = [each.answers[answers[each.id]] for each in self.all if answers.get(each.id) in each.answers]
        first = sorted(given, key=lambda answer: answer.leads_to != EMERGENCY)
        return tuple(answer.prompt for answer in first if answer.prompt)


def load_questions(path: Path) -> Questions:
    """Read the table.

    Raises:
        SettingsError: it is not there or has errors; the message names file and line of each.
    """
    file, entries = read_entries(path, "questions")
    found = tuple(_question(entry) for entry in entries)
    refuse_problems(file, path, "The questions of a decision")
    return Questions(found)


def _asked(question: Question, occasion: Occasion) -> bool:
    if occasion.verdict is not None and occasion.verdict not in question.verdicts:
        return False
    if question.during is not None and question.during not in occasion.going_on:
        return False
    if question.actions and occasion.actions is not None and occasion.actions.isdisjoint(question.actions):
        return False
    if not question.categories and not question.severities:
        return True
    return not (
        occasion.categories.isdisjoint(question.categories)
        and occasion.severities.isdisjoint(question.severities)
    )


def _question(entry: Entry) -> Question:
    entry.known(_NAMES)
    during = entry.text("during", needed=False) or None
    if during not in (None, PRE_ELECTION):
        entry.wrong("during", f'"during" is {PRE_ELECTION}, or left out')
    answers = {each.name: _answer(each) for each in entry.below("answers")}
    if len(answers) < 2 or not set(answers) <= set(ANSWERS):
        entry.wrong("answers", f'"answers" are two or more of {", ".join(ANSWERS)}')
    return Question(
        id=entry.name,
        words=entry.text("words"),
        why=entry.text("why"),
        verdicts=among(entry, "verdicts", DECISIONS),
        categories=among(entry, "categories", tuple(Category), needed=False),
        severities=among(entry, "severities", tuple(Severity), needed=False),
        actions=among(entry, "actions", ACTION_KINDS, needed=False),
        during=during,
        answers=answers,
    )


def _answer(entry: Entry) -> Answer:
    entry.known(("leads_to", "prompt", "within_minutes"))
    leads_to = entry.text("leads_to", needed=False) or None
    if leads_to not in (None, *EFFECTS):
        entry.wrong("leads_to", f'"leads_to" is one of {", ".join(EFFECTS)}')
    minutes = entry.text("within_minutes", needed=leads_to in _TASKED)
    if minutes and not (minutes.isdecimal() and int(minutes) > 0):
        entry.wrong("within_minutes", '"within_minutes" is a whole number, 1 or more')
        minutes = ""
    return Answer(leads_to, entry.text("prompt", needed=False), int(minutes or 0))


def among(entry: Entry, name: str, known: Sequence[str], *, needed: bool = True) -> tuple[str, ...]:
    """A list of words of a closed list; what is not in it is noted as a problem."""
    if not needed and name not in entry.values:
        return ()
    given = entry.texts(name)
    unknown: Collection[str] = [each for each in given if each not in known]
    if unknown:
        entry.wrong(name, f'"{name}" knows no {", ".join(unknown)}; known are {", ".join(known)}')
    return given


def _refused(happened: str) -> DecisionIncomplete:
    return DecisionIncomplete(happened, safe="Nothing was decided.")
