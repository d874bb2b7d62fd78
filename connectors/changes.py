"""What every change on every platform has in common: the gate first, and honesty about unknown fate."""

from __future__ import annotations

from collections.abc import Callable, Collection

from connectors.calls import Answer
from connectors.contract import Account, ActionKind, ActionRequest, ActionResult, Fate, Gate, Receipt
from connectors.errors import PermissionMissing, PlatformUnavailable, ReceiptRefused, UnexpectedResponse


def carry_out(
    request: ActionRequest,
    receipt: Receipt,
    *,
    account: Account,
    gate: Gate,
    offered: Collection[ActionKind],
    prepare: Callable[[], None],
    send: Callable[[], tuple[Answer, str]],
) -> ActionResult:
    """Carry out one change behind the gate.

    Args:
        offered: the kinds of change that this connector makes.
        prepare: reads what the change needs; changes nothing.
        send: makes the change, checks the platform's answer, and says in words what was done.

    Returns:
        DONE, or UNKNOWN where the request may have arrived but no readable answer came.

    Raises:
        ReceiptRefused: the gate said no, or the request is for another account; nothing was sent.
        PermissionMissing: the platform offers no such change; the receipt is not used up.
        ConnectorError: the platform refused, or the request never left; nothing was changed.
    """
    if request.account != account:
        raise ReceiptRefused("the request is for another account: nothing was sent")
    if request.kind not in offered:
        raise PermissionMissing(f"{account.platform} offers no call to {request.kind} from here")
    gate.admit(request, receipt)
    prepare()
    try:
        answer, words = send()
    except PlatformUnavailable as error:
        if not error.sent:
            raise
        return ActionResult(Fate.UNKNOWN, f"no answer to the request: {error}")
    except UnexpectedResponse as error:
        if error.code != "not_json":
            raise
        return ActionResult(Fate.UNKNOWN, f"the answer could not be read: {error}")
    return ActionResult(Fate.DONE, words, answer.exchange)
