"""The demo's review site: a port, and a sign-in for each of its people."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from worker.settings_web import Web

if TYPE_CHECKING:
    from worker.cli.demo_world import DemoWorld

#: Words for passwords that a newcomer types once and the demo forgets.
_WORDS = (
    *("amber", "badger", "candle", "dapple", "ember", "ferry", "garnet", "heather", "island", "jigsaw"),
    *("kettle", "lantern", "marble", "nutmeg", "otter", "pebble", "quarry", "ribbon", "saddle", "thistle"),
    *("umbrella", "velvet", "walnut", "yarrow", "zephyr", "anchor", "bramble", "copper", "drizzle", "falcon"),
)


@dataclass(frozen=True)
class DemoSignIn:
    """One person's way into the demo. Printing it shows no password."""

    name: str
    role: str
    user_name: str
    password: str = field(repr=False)


def listen() -> socket.socket:
    """A socket on this machine alone: at the usual port, or where that is taken at any other."""
    try:
        return socket.create_server(("127.0.0.1", Web().port))
    except OSError:
        return socket.create_server(("127.0.0.1", 0))


def invite(world: DemoWorld) -> Sequence[DemoSignIn]:
    """Give everybody in the demo a sign-in with an invented password that they need not change."""
    from worker.cli.demo_world import ADMINISTRATOR, PEOPLE

    return [_invite(world, name, role) for name, role in (*PEOPLE, (ADMINISTRATOR, "administrator"))]


def _invite(world: DemoWorld, name: str, role: str) -> DemoSignIn:
    from worker.cli.demo_world import ADMINISTRATOR

    stage, person = world.app.sign_ins, world.people[name].person_id
    if person is None:
        raise ValueError(f"{name} is nobody in the demo")
    made = stage.create(world.people[ADMINISTRATOR], person)
    signed = stage.sign_in(made.user_name, made.password, None, "127.0.0.1")
    password = "-".join(secrets.choice(_WORDS) for _ in range(3))
    signed = stage.change_password(signed, made.password, password)
    stage.sign_out(signed.token)
    return DemoSignIn(name, role, made.user_name, password)
