"""People and their roles: adding, finding and changing them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, permitted
from worker.store import tables as t
from worker.store.session import Store

_LAST_ADMINISTRATOR = (
    "Then there would be no active administrator left, and nobody could add or change people."
)


def add_person(
    store: Store, clock: Clock, actor: Actor, name: str, roles: Collection[str], *, email: str | None = None
) -> int:
    """Add a person. The very first may be added by nobody and must be an administrator.

    Returns:
        The person's id.

    Raises:
        NotAllowed: the actor is no administrator.
        NotFound: there is no such role.
        Conflict: the name is empty or taken, or the first person would be no administrator.
    """
    name = name.strip()
    _known(roles)
    with _people_change(store, clock, actor, None) as session:
        if not name or len(name) > 200:
            raise Conflict("A person needs a name of 1 to 200 characters.", safe="Nobody was added.")
        if session.scalar(select(t.Person.id).where(t.Person.name == name)) is not None:
            raise Conflict(f"There is a person named {name} already.", safe="Nobody was added.")
        person = t.Person(name=name, email=email, active=True, created_at=clock.now())
        person.roles = [t.PersonRole(role=role) for role in sorted(set(roles))]
        session.add(person)
        session.flush()
        if not _administrators(session):
            raise Conflict(
                "The first person must be an administrator.",
                safe="Nobody was added.",
                do="Add them with the role administrator, and with any other they need.",
            )
        detail = {"roles": sorted(set(roles))}
        audit.record(session, actor, "person_added", "person", person.id, now=clock.now(), detail=detail)
        return person.id


def change_person(
    store: Store,
    clock: Clock,
    actor: Actor,
    person_id: int,
    *,
    roles: Collection[str] | None = None,
    active: bool | None = None,
    email: str | None = None,
) -> None:
    """Give a person other roles, or end or renew their way in. What they did stays under their name.

    Args:
        roles: all the roles they shall have; None leaves them.
        active: None leaves it.
        email: None leaves it. The audit says that it was changed, not to what.

    Raises:
        NotAllowed: the actor is no administrator.
        NotFound: there is no such person or role.
        Conflict: no active administrator would be left.
    """
    _known(roles or ())
    with permitted(store, clock, actor, Right.MANAGE_PEOPLE, "person", person_id) as session:
        _alone(session)
        person = session.get(t.Person, person_id, populate_existing=True)
        if person is None:
            raise NotFound(f"There is no person {person_id}.")
        before = {"roles": sorted(role.role for role in person.roles), "active": person.active}
        if roles is not None:
            _set_roles(session, person, set(roles))
        if active is not None:
            person.active = active
        if email is not None:
            person.email = email.strip()
        session.flush()
        if not _administrators(session):
            raise Conflict(_LAST_ADMINISTRATOR, safe="Nothing was changed.")
        after = {
            "roles": before["roles"] if roles is None else sorted(set(roles)),
            "active": person.active,
        }
        detail = {"before": before, "after": after, "email_changed": email is not None}
        audit.record(session, actor, "person_changed", "person", person_id, now=clock.now(), detail=detail)


def follow_roles(
    session: Session, actor: Actor, person_id: int, roles: Collection[str], *, now: datetime
) -> None:
    """Give a person the roles that the Trust's identity provider says they have. For signing in alone.

    The last active administrator stays one: else nobody could add or change people.

    Args:
        roles: all that they shall have, from the list of roles.
    """
    _alone(session)
    person = session.get(t.Person, person_id, populate_existing=True)
    if person is None:
        raise NotFound(f"There is no person {person_id}.")
    before, after = {role.role for role in person.roles}, set(roles)
    _set_roles(session, person, after)
    session.flush()
    if not _administrators(session):
        after.add("administrator")
        session.add(t.PersonRole(person_id=person_id, role="administrator"))
    if before != after:
        detail = {"before": {"roles": sorted(before)}, "after": {"roles": sorted(after)}, "followed": True}
        audit.record(session, actor, "person_changed", "person", person_id, now=now, detail=detail)


def find_person(store: Store, name: str) -> t.Person:
    """The person of this name.

    Raises:
        NotFound: nobody has it.
    """
    with store.read() as session:
        return person_named(session, name, working=False)


def person_named(session: Session, name: str, *, working: bool = True) -> t.Person:
    """The person of this whole name, however it is spaced and whether or not in capitals.

    Args:
        working: only somebody who may act now; else those who left, too.

    Raises:
        NotFound: nobody has it. Names that come near are offered, never taken: a first name may be
            somebody else's tomorrow. Nobody who left is ever offered.
    """
    everybody = session.scalars(select(t.Person).order_by(t.Person.name)).all()
    there = [each for each in everybody if each.active or not working]
    # Two names may differ in their capitals alone: then only the exact one will do.
    same = [each for each in there if folded(each.name) == folded(name)]
    exact = [each for each in same if each.name == name.strip()] or same
    if len(exact) == 1:
        return exact[0]
    raise NotFound(
        f'Nobody called "{name}" works here.',
        do=f"{meant(session, name)}`upstander people list` shows who does.",
    )


def folded(name: str) -> str:
    """A name without what people write in several ways: case, spaces, forms of the same letter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def meant(session: Session, name: str) -> str:
    """Ask whether somebody was meant who works here: by a part of their name, or spelt much the same."""
    typed = folded(name)
    listed = session.scalars(select(t.Person.name).where(t.Person.active).order_by(t.Person.name))
    known = {each: folded(each) for each in listed}
    near = [each for each, whole in known.items() if typed in whole.split()]
    if not near:
        alike = get_close_matches(typed, sorted(set(known.values())))
        near = [each for whole in alike for each in known if known[each] == whole]
    quoted = [f'"{each}"' for each in near[:3]]
    return f"Did you mean {' or '.join(quoted)}? " if near else ""


def list_people(store: Store) -> Sequence[t.Person]:
    """Everybody, by name."""
    with store.read() as session:
        return session.scalars(select(t.Person).order_by(t.Person.name)).all()


def _people_change(
    store: Store, clock: Clock, actor: Actor, person_id: int | None
) -> AbstractContextManager[Session]:
    with store.read() as session:
        nobody_yet = session.scalar(select(func.count()).select_from(t.Person)) == 0
    if nobody_yet and actor.person_id is None:
        return _bootstrap(store)
    return permitted(store, clock, actor, Right.MANAGE_PEOPLE, "person", person_id)


@contextmanager
def _bootstrap(store: Store) -> Iterator[Session]:
    """A write in which there is still nobody: of two that begin at once, the second is refused."""
    with store.write() as session:
        _alone(session)
        if session.scalar(select(func.count()).select_from(t.Person)):
            raise Conflict("Somebody else was added first.", safe="Nobody was added.", do="Say who you are.")
        yield session


def _alone(session: Session) -> None:
    """Let nobody else change people until this transaction ends (an SQLite writer is alone anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE people IN SHARE ROW EXCLUSIVE MODE"))


def _known(roles: Collection[str]) -> None:
    unknown = sorted(set(roles) - set(t.ROLES))
    if unknown:
        raise NotFound(f"There is no role {', '.join(unknown)}.", do=f"The roles are {', '.join(t.ROLES)}.")


def _set_roles(session: Session, person: t.Person, wanted: set[str]) -> None:
    for role in list(person.roles):
        if role.role not in wanted:
            session.delete(role)
    held = {role.role for role in person.roles}
    session.add_all(t.PersonRole(person_id=person.id, role=role) for role in sorted(wanted - held))


def _administrators(session: Session) -> int:
    found = session.scalar(
        select(func.count())
        .select_from(t.Person)
        .join(t.PersonRole, t.PersonRole.person_id == t.Person.id)
        .where(t.Person.active, t.PersonRole.role == "administrator")
    )
    return found or 0
