"""Finding wordings by their words: full text of SQLite (FTS5) and of PostgreSQL, over the same pieces.

Both databases are handed words that were taken apart already (`worker.store.wording`), so that neither parses
anything: one finds what the other finds. Both indexes only narrow; a phrase is looked for in the words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    Text,
    and_,
    cast,
    column,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSQUERY
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column
from sqlalchemy.sql.selectable import FromClause, TableValuedAlias

from worker.store.types import Base, RowId
from worker.store.wording import words_of

#: So many words the index is asked for. More than these are looked for in what is left.
_NARROWING = 200
_FULL_TEXT = "revision_words_fts"
_INDEX = "ix_revision_words_words"
#: On SQLite, takes what was erased out of the index's own pages, where it is else only marked as gone. Newer
#: versions can do that at once ('secure-delete'), but older ones could not read such an index any more.
FORGET_ERASED = "INSERT INTO revision_words_fts (revision_words_fts) VALUES ('optimize')"
_LEXEMES = "array_to_tsvector(string_to_array(words, ' '))"
_BATCH = 5_000


class RevisionWords(Base):
    """The words that a wording is found by. The row goes when the wording's text changes or is erased.

    The index over it is not in this model, for each database has its own: see `full_text`.
    """

    __tablename__ = "revision_words"

    revision_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("revisions.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must follow each other in a wording.

    Attributes:
        words: at least one.
        prefix: whether the last one need only begin so.
    """

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Matching:
    """How a database finds the wordings that hold every term.

    Attributes:
        source: to join with revisions.
        number: its column of the revision's number, to join by and, newest first, to order by: the index
            is read in this order where it can be.
        holds: the SQL that holds of what is found.
    """

    source: FromClause
    number: ColumnElement[int]
    holds: ColumnElement[bool]


def only_here(name: str | None) -> bool:
    """Whether a table or index belongs to one kind of database alone, and so to no model."""
    return name is not None and (name == _INDEX or name.startswith(_FULL_TEXT))


def index_words(session: Session, texts: Iterable[tuple[int, str | None]]) -> None:
    """Have new wordings found by their words. In the transaction that writes them.

    Args:
        texts: the numbers of revisions and what each says.
    """
    rows = _rows(texts)
    if rows:
        session.execute(insert(RevisionWords.__table__), rows)  # type: ignore[arg-type]  # a mapped table is a Table


def fill(connection: Connection) -> None:
    """Index every wording that has words, in batches, inside the migration that makes the table."""
    last = 0
    while True:
        found = connection.execute(
            text("SELECT id, text FROM revisions WHERE id > :last ORDER BY id LIMIT :batch"),
            {"last": last, "batch": _BATCH},
        ).all()
        if not found:
            return
        last = found[-1].id
        rows = _rows((row.id, row.text) for row in found)
        if rows:
            connection.execute(
                text("INSERT INTO revision_words (revision_id, words) VALUES (:revision_id, :words)"), rows
            )


def full_text(dialect: str) -> tuple[str, ...]:
    """The statements that make a database's own index over the words that are there, and keep it.

    SQLite's stores no words: it refers to the table. Its tokenizer takes every character beyond ASCII for
    part of a word, so it parts words at our spaces and nowhere else.
    """
    if dialect == "postgresql":
        return (f"CREATE INDEX {_INDEX} ON revision_words USING gin (({_LEXEMES}))",)
    gone = (
        "INSERT INTO revision_words_fts (revision_words_fts, rowid, words)"
        " VALUES ('delete', OLD.revision_id, OLD.words)"
    )
    come = "INSERT INTO revision_words_fts (rowid, words) VALUES (NEW.revision_id, NEW.words)"
    refers = "content='revision_words', content_rowid='revision_id'"
    options = f"{refers}, tokenize='ascii', detail='none', columnsize=0"
    return (
        f"CREATE VIRTUAL TABLE revision_words_fts USING fts5(words, {options})",
        "INSERT INTO revision_words_fts (revision_words_fts) VALUES ('rebuild')",
        f"CREATE TRIGGER revision_words_come AFTER INSERT ON revision_words BEGIN {come}; END",
        f"CREATE TRIGGER revision_words_go AFTER DELETE ON revision_words BEGIN {gone}; END",
        f"CREATE TRIGGER revision_words_change AFTER UPDATE ON revision_words BEGIN {gone}; {come}; END",
    )


def words_leave_with_their_text(dialect: str) -> tuple[str, ...]:
    """The statements after which a wording whose text is erased or changed is found by it no more."""
    name, leave = "revisions_words_leave", "DELETE FROM revision_words WHERE revision_id = NEW.id"
    on = f"CREATE TRIGGER {name} AFTER UPDATE ON revisions FOR EACH ROW"
    if dialect == "sqlite":
        return (f"{on} WHEN NEW.text IS NOT OLD.text BEGIN {leave}; END",)
    body = f"BEGIN {leave}; RETURN NULL; END"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"{on} WHEN (NEW.text IS DISTINCT FROM OLD.text) EXECUTE FUNCTION {name}()",
    )


def matching(dialect: str, terms: Sequence[Term]) -> Matching:
    """How a database finds the wordings that hold every one of these terms.

    Args:
        dialect: sqlite or postgresql.
        terms: at least one.
    """
    narrowing, left = _narrowed(terms)
    if dialect == "sqlite":
        index = table(_FULL_TEXT, column("rowid", Integer), column(_FULL_TEXT))
        # Inside quotes FTS5 knows no operator, and no word of ours holds a quote.
        asked = " AND ".join(f'"{word}"{"*" if prefix else ""}' for word, prefix in narrowing)
        found = Matching(index, index.c.rowid, index.c[_FULL_TEXT].op("MATCH", is_comparison=True)(asked))
    else:
        asked = " & ".join(f"'{word}'{':*' if prefix else ''}" for word, prefix in narrowing)
        split = func.string_to_array(RevisionWords.words, literal_column("' '"))
        holds = func.array_to_tsvector(split).op("@@", is_comparison=True)(cast(asked, TSQUERY))
        found = Matching(RevisionWords.__table__, RevisionWords.__table__.c.revision_id, holds)
    if not left:
        return found
    return replace(found, holds=and_(found.holds, _holds_them_whole(dialect, left, found)))


def _holds_them_whole(dialect: str, terms: Sequence[Term], found: Matching) -> ColumnElement[bool]:
    """Whether each term stands in the words, its own in a row: one condition for however many terms."""
    wanted = [f" {' '.join(term.words)}{'' if term.prefix else ' '}" for term in terms]
    each: TableValuedAlias
    if dialect == "sqlite":
        each, place = func.json_each(json.dumps(wanted)).table_valued("value"), func.instr
    else:
        each = func.jsonb_array_elements_text(cast(wanted, JSONB)).table_valued("value")
        place = func.strpos
    said = aliased(RevisionWords)
    around = literal(" ").concat(said.words).concat(" ")
    lacking = select(each.c.value).where(place(around, each.c.value) == 0).correlate(said).exists()
    return (
        select(said.revision_id)
        .where(said.revision_id == found.number, ~lacking)
        .correlate(found.source)
        .exists()
    )


def _narrowed(terms: Sequence[Term]) -> tuple[list[tuple[str, bool]], list[Term]]:
    """What the index is asked for, as words and whether any end will do; and the terms left open.

    Of very many words the longest are asked for.
    """
    asked = {
        (word, term.prefix and place == len(term.words))
        for term in terms
        for place, word in enumerate(term.words, start=1)
    }
    narrowing = sorted(asked, key=lambda each: (-len(each[0]), each))[:_NARROWING]
    settled = set(narrowing)
    left = [term for term in terms if len(term.words) > 1 or (term.words[0], term.prefix) not in settled]
    return narrowing, left


def _rows(texts: Iterable[tuple[int, str | None]]) -> list[dict[str, Any]]:
    """Rows of the table, for those texts that have words."""
    worded = ((number, words_of(text)) for number, text in texts if text)
    return [{"revision_id": number, "words": words} for number, words in worded if words]
