"""What can be wrong with the files of the rules room."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file: where (line and column count from 1), what, and what to write instead."""

    file: str
    line: int
    column: int
    message: str
    hint: str

    def __str__(self) -> str:
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{hint}"


class RulesError(Exception):
    """Root of the errors of the rules room."""


class RuleFileError(RulesError):
    """The rule files cannot be used. `problems` lists everything that is wrong, not only the first thing."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
