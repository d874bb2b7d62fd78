"""Reading rule files. All that is wrong is reported at once: file, line, what to write instead."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from rules.errors import Problem, RuleFileError
from rules.evaluate import RuleSet
from rules.expand import (
    MOST_EXCEPTIONS,
    ExpansionError,
    Lists,
    expand_phrase,
    expand_word_pattern,
    phrase_pattern,
)
from rules.matchers.context import CONDITION_NAMES
from rules.matchers.pattern import pattern_fault
from rules.reader import FieldReader
from rules.reference import load_categories
from rules.schema import (
    Category,
    CategoryInfo,
    Characteristic,
    Condition,
    Examples,
    Match,
    Rule,
    RuleState,
    Severity,
)
from rules.yaml_file import Located, Problems, read_yaml, suggestion

_FILE_KEYS = ["lists", "owner", "review_date", "rules"]
_RULE_KEYS = [
    *("id", "title", "category", "severity", "characteristics", "match", "exceptions", "unless", "when"),
    *("reason", "examples", "owner", "review_date", "state", "version"),
]
_MATCH_KEYS = ["phrases", "keywords", "patterns", "word_patterns"]
_ID_HINT = "Write lower-case words with dots or underscores, such as `id: threat.direct`."


def load_ruleset(rules_folder: Path, categories_file: Path) -> RuleSet:
    """Read a pack and make it ready to evaluate. Raises RuleFileError with everything that is wrong."""
    return RuleSet(load_rules(rules_folder, load_categories(categories_file)))


def load_rules(folder: Path, categories: Mapping[Category, CategoryInfo]) -> tuple[Rule, ...]:
    """Read every `*.yaml` of a folder, in order of name. Raises RuleFileError with everything that is wrong.

    Examples are not run here: `rules.examples.check_examples` does that.
    """
    problems = Problems([])
    if not folder.is_dir():
        raise RuleFileError(
            [Problem(str(folder), 1, 1, "there is no such folder", "Name the folder of the rules.")]
        )
    files = [read_yaml(path, path.name, problems) for path in sorted(folder.glob("*.yaml"))]
    readers = [FieldReader(file, "a rule file", problems) for file in files if file is not None]
    for reader in readers:
        reader.refuse_unknown(_FILE_KEYS)
    lists = _read_lists(readers, problems)
    rules = [
        _read_rule(FieldReader(_with_defaults(item, reader), "this rule", problems), categories, lists)
        for reader in readers
        for item in _items(reader, problems)
    ]
    _refuse_same_ids(rules, problems)
    if problems.found:
        raise RuleFileError(problems.found)
    return tuple(rules)


def _items(reader: FieldReader, problems: Problems) -> list[Located]:
    found = reader.fields.get("rules")
    if found is None or isinstance(found.value, list):
        return found.value if found is not None and isinstance(found.value, list) else []
    problems.add(found, f'"rules" must be a list, not {found.describe()}', "Start each rule with `- id: …`.")
    return []


def _with_defaults(item: Located, file: FieldReader) -> Located:
    """A rule with the file's own owner and review date where it has none."""
    if not isinstance(item.value, dict):
        return item
    defaults: dict[str, Located] = {
        name: file.fields[name] for name in ("owner", "review_date") if name in file.fields
    }
    return Located({**defaults, **item.value}, item.file, item.line, item.column)


def _read_lists(readers: Iterable[FieldReader], problems: Problems) -> dict[str, tuple[str, ...]]:
    lists: dict[str, tuple[str, ...]] = {}
    for file in readers:
        if "lists" not in file.fields:
            continue
        reader = FieldReader(file.fields["lists"], '"lists"', problems)
        for name, place in reader.fields.items():
            if name in lists:
                problems.add(
                    place, f'the list "{name}" is written twice', "Lists are shared by all files: keep one."
                )
            lists[name] = _expanded(reader, name, lists)
    return lists


def _read_rule(reader: FieldReader, categories: Mapping[Category, CategoryInfo], lists: Lists) -> Rule:
    reader.refuse_unknown(_RULE_KEYS)
    rule_id = reader.text("id", example="threat.direct")
    if rule_id and not rule_id.replace(".", "").replace("_", "").isalnum():
        reader.problems.add(reader.fields["id"], f'"{rule_id[:40]}" is not a rule id', _ID_HINT)
    category = reader.choice("category", Category) or Category.OTHER
    examples = (
        FieldReader(reader.fields["examples"], '"examples"', reader.problems)
        if _has(reader, "examples")
        else None
    )
    if examples is not None:
        examples.refuse_unknown(["match", "no_match"])
    return Rule(
        id=rule_id,
        title=reader.text("title", example="A direct threat"),
        category=category,
        severity=reader.choice("severity", Severity, categories[category].severity) or Severity.ROUTINE,
        match=_read_match(reader, lists),
        reason=reader.text("reason", example="Says that somebody will be hurt."),
        owner=reader.text("owner", example="communications"),
        review_date=reader.day("review_date"),
        state=reader.choice("state", RuleState) or RuleState.DRAFT,
        version=reader.number("version", default=1) or 1,
        characteristics=reader.choices("characteristics", Characteristic),
        exceptions=_expanded(reader, "exceptions", lists),
        unless=_expanded(reader, "unless", lists),
        conditions=_read_conditions(reader),
        examples=Examples(examples.texts("match"), examples.texts("no_match")) if examples else Examples(),
        source=f"{reader.at.file}:{reader.at.line}",
    )


def _has(reader: FieldReader, name: str) -> bool:
    if name in reader.fields:
        return True
    reader.problems.add(reader.at, f'this rule has no "{name}"', f"Add `{name}:`; see the rules beside it.")
    return False


def _read_match(rule: FieldReader, lists: Lists) -> Match:
    if not _has(rule, "match"):
        return Match()
    reader = FieldReader(rule.fields["match"], '"match"', rule.problems)
    reader.refuse_unknown(_MATCH_KEYS)
    keywords = tuple(_keywords(reader))
    phrases, phrase_patterns = _phrases(reader, lists)
    match = Match(
        phrases=phrases,
        keywords=keywords,
        patterns=tuple(_patterns(reader, "patterns", {})),
        word_patterns=(*phrase_patterns, *_patterns(reader, "word_patterns", lists)),
    )
    if not reader.fields:
        reader.problems.add(reader.at, '"match" looks for nothing', f"Add one of: {', '.join(_MATCH_KEYS)}.")
    return match


def _phrases(reader: FieldReader, lists: Lists) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The phrases of a match spelt out, and those that stand for too many as patterns over words."""
    spelt: list[str] = []
    patterns: list[str] = []
    for text, place in reader.placed_texts("phrases"):
        try:
            few = expand_phrase(text, lists)
            if few is None:
                patterns.append(phrase_pattern(text, lists))
            else:
                spelt.extend(few)
        except ExpansionError as error:
            reader.problems.add(place, str(error), error.hint)
    return tuple(dict.fromkeys(spelt)), tuple(patterns)


def _expanded(reader: FieldReader, name: str, lists: Lists) -> tuple[str, ...]:
    phrases: list[str] = []
    for text, place in reader.placed_texts(name):
        try:
            spelt = expand_phrase(text, lists, MOST_EXCEPTIONS)
        except ExpansionError as error:
            reader.problems.add(place, str(error), error.hint)
            continue
        if spelt is None:
            hint = "Split it into several."
            reader.problems.add(place, f"it stands for more than {MOST_EXCEPTIONS:,} phrases", hint)
        phrases.extend(spelt or ())
    return tuple(dict.fromkeys(phrases))


def _keywords(reader: FieldReader) -> Iterable[str]:
    for text, place in reader.placed_texts("keywords"):
        if len(text.split()) == 1:
            yield text
        else:
            hint = "Move it to `phrases:`."
            reader.problems.add(place, f'a keyword is one word: "{text[:40]}"', hint)


def _patterns(reader: FieldReader, name: str, lists: Lists) -> Iterable[str]:
    for text, place in reader.placed_texts(name):
        try:
            pattern = expand_word_pattern(text, lists) if name == "word_patterns" else text
        except ExpansionError as error:
            reader.problems.add(place, str(error), error.hint)
            continue
        fault = pattern_fault(pattern)
        if fault is None:
            yield pattern
        else:
            hint = "Patterns are RE2: no look-around and no back-references. Often `phrases:` is enough."
            reader.problems.add(place, f"the pattern cannot be used: {fault}", hint)


def _read_conditions(rule: FieldReader) -> tuple[Condition, ...]:
    if "when" not in rule.fields:
        return ()
    reader = FieldReader(rule.fields["when"], '"when"', rule.problems)
    conditions: list[Condition] = []
    for name, place in reader.fields.items():
        if name not in CONDITION_NAMES:
            hint = suggestion(name, list(CONDITION_NAMES))
            rule.problems.add(place, f'"when" cannot ask about "{name}"', hint)
            continue
        bounds = FieldReader(place, f'"{name}"', rule.problems)
        bounds.refuse_unknown(["at_least", "at_most"])
        conditions.append(Condition(name, bounds.number("at_least"), bounds.number("at_most")))
    return tuple(conditions)


def _refuse_same_ids(rules: Iterable[Rule], problems: Problems) -> None:
    seen: dict[str, str] = {}
    for rule in rules:
        if rule.id and rule.id in seen:
            file, _, line = rule.source.rpartition(":")
            message = f'the id "{rule.id}" is used twice'
            problems.found.append(
                Problem(file, int(line), 1, message, f"Choose another; {seen[rule.id]} has it.")
            )
        seen.setdefault(rule.id, rule.source)
