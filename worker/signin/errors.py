"""What signing in refuses. The words never tell whether there is such a user name."""

from __future__ import annotations

from datetime import datetime

from worker.clock import for_people
from worker.errors import Conflict, NotAllowed


class NotSignedIn(NotAllowed):
    """Nobody was signed in. One wording for every reason: a stranger learns nothing from it."""

    def __init__(self) -> None:
        super().__init__(
            "That did not sign you in: what you gave is not right, or may not be used any more.",
            safe="Nothing was opened.",
            do="Try again. An administrator can give you a new one-time password.",
        )


class CodeNeeded(NotAllowed):
    """The password is right; the code of the authenticator app, or a recovery code, is missing."""

    def __init__(self) -> None:
        super().__init__(
            "Your authenticator app's code is needed as well.",
            safe="Nothing was opened yet.",
            do="Give the six digits that it shows now, or one of your recovery codes.",
        )


class LockedOut(NotAllowed):
    """Too many refusals, for this user name or from this address. Said of names that nobody has as well.

    Attributes:
        until: when signing in is possible again.
    """

    def __init__(self, until: datetime) -> None:
        super().__init__(
            f"Signing in was refused too often. It is possible again on {for_people(until)}.",
            safe="Nothing was opened.",
            do="Wait until then, or ask an administrator to reset your sign-in.",
        )
        self.until = until


class ConfirmAgain(NotAllowed):
    """What the person wants to do needs them to have shown just now that it is them."""

    def __init__(self) -> None:
        super().__init__(
            "Please show again that it is you.",
            safe="Nothing was done yet.",
            do="Give your password, and your code if you have a second factor; then go on.",
        )


class StillToDo(NotAllowed):
    """Somebody is signed in who has to change their password or set up a second factor before anything else.

    Attributes:
        what: `change_password` or `set_up_second_factor`.
    """

    def __init__(self, what: str) -> None:
        words = {
            "change_password": "Choose a password of your own first.",
            "set_up_second_factor": "Set up a second factor first: your role needs one.",
        }
        super().__init__(words[what], safe="Nothing was opened yet.")
        self.what = what


class PasswordRefused(Conflict):
    """A new password would be guessed too easily, or is no new one. The words never repeat it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            why,
            safe="Your password was not changed.",
            do="Take three or four words that belong together for nobody else.",
        )


class WrongCode(Conflict):
    """The code does not belong to the secret that the authenticator app was just given."""

    def __init__(self) -> None:
        super().__init__(
            "That is not the code that your authenticator app should show now.",
            safe="The second factor is not set up yet.",
            do="Give the code that it shows now. If it is never right, set the clock of the telephone.",
        )
