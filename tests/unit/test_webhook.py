"""The webhook: one signed post to one address, which stays a secret."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest

from tests.unit.review.calling import KEY, listening
from worker.bootstrap.webhook import SIGNATURE, Webhook, WebhookFault
from worker.errors import SettingsError
from worker.settings_load import load


def test_the_webhook_is_signed_follows_nobody_and_tells_no_address() -> None:
    """A receiver can check who posted; a redirect gets nothing; no fault holds the secret address."""
    with listening() as hook, listening() as elsewhere:
        webhook = Webhook(hook.url, KEY.encode(), 5)
        webhook.send({"case": 7})
        headers, body = hook.posts[0]
        expected = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
        assert headers[SIGNATURE] == f"sha256={expected}"
        hook.status, hook.location = 307, elsewhere.url
        with pytest.raises(WebhookFault, match="HTTP 307") as redirected:
            webhook.send({"case": 7})
        assert elsewhere.posts == []
    with pytest.raises(WebhookFault, match="could not be reached") as dead:
        webhook.send({"case": 7})
    for fault in (redirected, dead):
        assert "secret-path" not in str(fault.value)
    assert "secret-path" not in repr(webhook)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.test/a-secret",
        "https://user:pw@hooks.example.test/a-secret",
        "ftp://127.0.0.1/a-secret",
        "https:///a-secret",
    ],
)
def test_an_address_that_would_tell_everybody_is_refused(url: str, tmp_path: Path) -> None:
    """What goes to the webhook is never sent in the clear, and the refusal does not quote the address."""
    file = tmp_path / "config" / "upstander.yaml"
    file.parent.mkdir()
    file.write_text("trust_name: A Trust\n")
    with pytest.raises(SettingsError, match="https://HOST/PATH") as refused:
        load(file, {"UPSTANDER_PAGING__WEBHOOK_URL": url})
    assert "a-secret" not in str(refused.value)
