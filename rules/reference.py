"""Reading `categories.yaml`: what each category means, how urgent it is, and whom it concerns."""

from pathlib import Path

from rules.errors import Problem, RuleFileError
from rules.reader import FieldReader
from rules.schema import Category, CategoryInfo, Route, Severity
from rules.yaml_file import Problems, read_yaml

_KEYS = ["title", "definition", "severity", "routes", "platform_reports", "arises"]
_PLATFORMS = ["x", "facebook", "instagram"]


def load_categories(path: Path) -> dict[Category, CategoryInfo]:
    """Read the file. Every category must be there, none else. Raises RuleFileError with everything wrong."""
    problems = Problems([])
    if not path.is_file():
        raise RuleFileError(
            [Problem(str(path), 1, 1, "there is no such file", "Name the file of categories.")]
        )
    file = read_yaml(path, path.name, problems)
    infos: dict[Category, CategoryInfo] = {}
    if file is not None:
        top = FieldReader(file, "the file", problems)
        top.refuse_unknown(["categories"])
        if "categories" in top.fields:
            infos = _read_all(FieldReader(top.fields["categories"], '"categories"', problems))
        else:
            problems.add(file, 'the file has no "categories"', "Write `categories:` and one entry for each.")
    if problems.found:
        raise RuleFileError(problems.found)
    return infos


def _read_all(reader: FieldReader) -> dict[Category, CategoryInfo]:
    reader.refuse_unknown([category.value for category in Category])
    infos: dict[Category, CategoryInfo] = {}
    for category in Category:
        if category.value in reader.fields:
            place = reader.fields[category.value]
            infos[category] = _read_one(category, FieldReader(place, f'"{category}"', reader.problems))
        else:
            reader.problems.add(reader.at, f'the category "{category}" is missing', f"Add `{category}:`.")
    return infos


def _read_one(category: Category, reader: FieldReader) -> CategoryInfo:
    reader.refuse_unknown(_KEYS)
    reports: dict[str, str] = {}
    if "platform_reports" in reader.fields:
        reasons = FieldReader(reader.fields["platform_reports"], '"platform_reports"', reader.problems)
        reasons.refuse_unknown(_PLATFORMS)
        reports = {name: reasons.text(name) for name in reasons.fields}
    return CategoryInfo(
        id=category,
        title=reader.text("title", example="Threat"),
        definition=reader.text("definition", example="Says that …"),
        severity=reader.choice("severity", Severity) or Severity.ROUTINE,
        routes=reader.choices("routes", Route),
        platform_reports=reports,
        arises=reader.text("arises", required=False),
    )
