"""People: who works with Upstander, in which roles, and how they sign in."""

from __future__ import annotations

from starlette.responses import Response

from worker.errors import NotFound, UpstanderError
from worker.review.people import change_person, list_people
from worker.signin.ways import Invitation, WayIn
from worker.store.people import Person
from worker.web.routing import get_page, post
from worker.web.visit import Visit


def people(visit: Visit) -> Response:
    """Everybody, with their roles and how they sign in."""
    return _people(visit, None)


def add(visit: Visit) -> Response:
    """Add a person."""
    fields = visit.fields
    try:
        number = visit.app.review.add_person(
            visit.actor, fields.text("name"), fields.texts("role"), email=fields.one("email")
        )
    except UpstanderError as refusal:
        return _people(visit, refusal)
    return visit.go(f"/people/{number}", "The person was added. They cannot sign in yet.")


def person(visit: Visit) -> Response:
    """One person."""
    return _person(visit, visit.number(), None)


def change_roles(visit: Visit) -> Response:
    """Give somebody the roles that are ticked, and no other; and an address."""
    number, fields = visit.number(), visit.fields
    try:
        change_person(
            visit.app.store,
            visit.app.clock,
            visit.actor,
            number,
            roles=fields.texts("role"),
            email=fields.text("email"),
        )
    except UpstanderError as refusal:
        return _person(visit, number, refusal)
    return visit.go(f"/people/{number}", "Their roles and address were kept. They hold from now on.")


def end(visit: Visit) -> Response:
    """Make somebody inactive: they may do nothing from now on."""
    return _active(
        visit, active=False, said="They may do nothing from now on. What they did stays under their name."
    )


def renew(visit: Visit) -> Response:
    """Make somebody active again."""
    return _active(visit, active=True, said="They may act again, with the roles that they have.")


def make_sign_in(visit: Visit) -> Response:
    """Give somebody a sign-in; the one-time password is shown once."""
    number = visit.number()
    try:
        made = visit.app.sign_ins.create(visit.actor, number, visit.fields.one("user_name"))
    except UpstanderError as refusal:
        return _person(visit, number, refusal)
    return _invited(visit, number, made)


def reset_sign_in(visit: Visit) -> Response:
    """Give somebody a new one-time password; it is shown once."""
    number = visit.number()
    return _invited(visit, number, visit.app.sign_ins.reset(visit.actor, number))


def end_sign_in(visit: Visit) -> Response:
    """Take somebody's ways in away."""
    number = visit.number()
    visit.app.sign_ins.end(visit.actor, number)
    return visit.go(f"/people/{number}", "Their sign-in is gone, and their sessions have ended.")


def end_sessions(visit: Visit) -> Response:
    """End somebody's sessions."""
    number = visit.number()
    visit.app.sign_ins.end_all(visit.actor, number)
    return visit.go(f"/people/{number}", "Their sessions have ended. They can sign in again.")


def _active(visit: Visit, *, active: bool, said: str) -> Response:
    number = visit.number()
    change_person(visit.app.store, visit.app.clock, visit.actor, number, active=active)
    return visit.go(f"/people/{number}", said)


def _people(visit: Visit, refusal: UpstanderError | None) -> Response:
    ways = {each.person_id: each for each in visit.app.sign_ins.ways_in(visit.actor)}
    return visit.page(
        "people.html",
        status=200 if refusal is None else 422,
        rows=[(each, ways[each.id]) for each in list_people(visit.app.store) if each.id in ways],
        refusal=refusal,
    )


def _person(visit: Visit, number: int, refusal: UpstanderError | None) -> Response:
    found, way = _found(visit, number)
    return visit.page(
        "person.html",
        status=200 if refusal is None else 422,
        person=found,
        way=way,
        held={each.role for each in found.roles},
        sessions=visit.app.sign_ins.sessions_of(visit.actor, number),
        refusal=refusal,
    )


def _invited(visit: Visit, number: int, made: Invitation) -> Response:
    found, _way = _found(visit, number)
    return visit.page("invited.html", person=found, made=made)


def _found(visit: Visit, number: int) -> tuple[Person, WayIn]:
    """A person, for whoever may manage people.

    Raises:
        NotAllowed: the person who asks may not.
        NotFound: there is nobody of that number.
    """
    ways = {each.person_id: each for each in visit.app.sign_ins.ways_in(visit.actor)}
    for each in list_people(visit.app.store):
        if each.id == number and number in ways:
            return each, ways[number]
    raise NotFound("There is nobody under that number.")


PAGES = (
    get_page("/people", people),
    post("/people", add, confirmed=True),
    get_page("/people/{number:int}", person),
    post("/people/{number:int}", change_roles, confirmed=True),
    post("/people/{number:int}/end", end, confirmed=True),
    post("/people/{number:int}/renew", renew, confirmed=True),
    post("/people/{number:int}/sign-in", make_sign_in, confirmed=True),
    post("/people/{number:int}/sign-in/reset", reset_sign_in, confirmed=True),
    post("/people/{number:int}/sign-in/end", end_sign_in, confirmed=True),
    post("/people/{number:int}/sessions/end", end_sessions, confirmed=True),
)
