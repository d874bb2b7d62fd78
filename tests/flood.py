"""A database with as many comments as a Trust gathers in years, written in seconds, and its reviewers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from sqlalchemy import Engine, text

from tests.judging import said
from tests.unit.review.scene import PLATFORM, Scene
from worker.ledger.audit import Actor
from worker.store import tables as t

#: Cases that wait lie among many that were decided.
_FILL = f"""
INSERT INTO authors (platform, external_id, handle, first_seen_at)
  SELECT '{PLATFORM}', 'a' || n, 'person' || n, :now FROM generate_series(1, 5000) n;
INSERT INTO posts (account_id, external_id, text, first_seen_at)
  SELECT :account, 'p' || n, 'A made-up post', :now FROM generate_series(1, 2000) n;
INSERT INTO comments (id, account_id, platform, external_id, kind, author_id, post_id, first_seen_at,
    hidden, revision_id, revision_hash)
  SELECT n, :account, '{PLATFORM}', 'c' || n, 'comment', (SELECT max(id) FROM authors) - n % 5000,
    (SELECT max(id) FROM posts) - n % 2000, CAST(:now AS timestamptz) - n * interval '10 seconds', false, n,
    md5(CAST(n AS text))
  FROM generate_series(1, :comments) n;
INSERT INTO revisions (id, comment_id, number, text, revision_hash, media, flaws, raw, page_sha256, seen_at,
    severity, priority, queued, pack_version)
  SELECT n, n, 1, 'Made-up words about the waiting time, number ' || n, md5(CAST(n AS text)), '[]', '[]', '',
    md5(CAST(n AS text)), :now, 'serious', 50, n <= :cases, 'bench'
  FROM generate_series(1, :comments) n;
INSERT INTO cases (id, comment_id, revision_id, state, severity, severity_rank, priority, opened_at, due_at,
    closed_at)
  SELECT n, n, n, CASE WHEN n <= :waiting THEN 'open' ELSE 'decided' END,
    (ARRAY['serious', 'concerning', 'routine'])[1 + n % 3], 1 + n % 3, n % 100,
    CAST(:now AS timestamptz) - n * interval '10 seconds',
    CAST(:now AS timestamptz) + n * interval '1 second',
    CASE WHEN n > :waiting THEN CAST(:now AS timestamptz) - n * interval '5 seconds' END
  FROM generate_series(1, :cases) n;
SELECT setval(pg_get_serial_sequence('comments', 'id'), max(id)) FROM comments;
SELECT setval(pg_get_serial_sequence('revisions', 'id'), max(id)) FROM revisions;
SELECT setval(pg_get_serial_sequence('cases', 'id'), max(id)) FROM cases
"""


def fill(owner: Engine, scene: Scene, *, comments: int, waiting: int, decided: int = 0) -> None:
    """Store comments in PostgreSQL, some of which have cases that wait or were decided.

    Args:
        owner: signed in as the tables' owner.
    """
    with owner.begin() as connection:
        # A bulk load: the guards are about what programs do to single rows.
        connection.execute(text("ALTER TABLE cases DISABLE TRIGGER USER"))
        given = {
            "now": scene.clock.now(),
            "account": scene.account_id,
            "comments": comments,
            "cases": waiting + decided,
            "waiting": waiting,
        }
        for statement in _FILL.split(";"):
            named = {name: value for name, value in given.items() if f":{name}" in statement}
            connection.execute(text(statement), named)
        connection.execute(text("ALTER TABLE cases ENABLE TRIGGER USER"))
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


#: What the rules found in each case, and groups of cases that say the same.
_FURNISH = """
INSERT INTO findings (revision_id, rule_id, rule_version, category, severity, span_start, span_end, matched,
    reason, characteristics)
  SELECT revision_id, 'made-up', 1, 'insult', 'serious', 0, 7, 'Made-up', 'An insult.', '[]' FROM cases;
INSERT INTO groups (kind, about, serial, opened_at, grown_at)
  SELECT 'text', min(id), 0, :now, :now FROM cases GROUP BY id / :alike;
INSERT INTO group_members (group_id, case_id, revision_id, added_at)
  SELECT g.id, c.id, c.revision_id, :now FROM cases c
  JOIN groups g ON g.kind = 'text' AND g.about / :alike = c.id / :alike
"""


def furnish(owner: Engine, scene: Scene, *, alike: int) -> None:
    """Give the cases of a filled PostgreSQL a finding each, and put so many at a time into a group.

    Args:
        owner: signed in as the tables' owner.
        alike: how many cases say the same.
    """
    with owner.begin() as connection:
        for statement in _FURNISH.split(";"):
            given = {"now": scene.clock.now(), "alike": alike}
            named = {name: value for name, value in given.items() if f":{name}" in statement}
            connection.execute(text(statement), named)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def reviewers(scene: Scene, count: int) -> list[Actor]:
    """So many people who review."""
    with scene.store.write() as session:
        people = [
            t.Person(
                name=f"Reviewer {number}",
                active=True,
                created_at=scene.clock.now(),
                roles=[t.PersonRole(role="reviewer")],
            )
            for number in range(count)
        ]
        session.add_all(people)
        session.flush()
        return [Actor(person.id, "test") for person in people]


def work_through(scene: Scene, who: Actor, most: int) -> list[int]:
    """One reviewer takes the next case and decides on it, until none is left or so many are done.

    Returns:
        The cases that they decided.
    """
    done: list[int] = []
    while len(done) < most and (held := scene.review.claim_next(who)) is not None:
        with scene.store.read() as session:
            revision_id = session.get_one(t.Case, held.case_id).revision_id
        scene.review.decide(
            who,
            held.case_id,
            revision_id,
            "not_upheld",
            reason="Criticism.",
            particulars=said("not_upheld"),
        )
        done.append(held.case_id)
    return done


def together(work: Sequence[Callable[[], None]]) -> None:
    """Run everything at the same moment, each in a thread of its own; the first problem is raised."""
    gate, problems = threading.Barrier(len(work)), list[BaseException]()

    def run(one: Callable[[], None]) -> None:
        gate.wait()
        try:
            one()
        except BaseException as problem:  # noqa: BLE001 -- handed to whoever waits below
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
