"""Guards of signing in by the pages, of the identity provider, and of administrators' pages."""

_WEB = "tests/unit/web"
_PROVIDER = f"{_WEB}/test_provider.py"
_ACCOUNTS = f"{_WEB}/test_accounts.py"

SABOTAGES = [
    (
        "signing in leads to any other site",
        "worker/web/headers.py",
        '    return plain if fits and "\\\\" not in plain and not urlsplit(plain).netloc else otherwise\n',
        "    return plain or otherwise\n",
        f"{_WEB}/test_signing_in.py::test_signing_in_leads_to_no_other_site[//elsewhere.example.test]",
    ),
    (
        "the answer to another question signs in",
        "worker/web/provider.py",
        '                "nonce": journey.nonce,\n',
        "",
        f"{_PROVIDER}::test_an_answer_that_is_not_right_opens_nothing[nonce]",
    ),
    (
        "a token for another service signs in",
        "worker/web/provider.py",
        '                "aud": {"essential": True, "value": self.oidc.client_id},\n',
        "",
        f"{_PROVIDER}::test_an_answer_that_is_not_right_opens_nothing[audience]",
    ),
    (
        "the answer of another provider signs in",
        "worker/web/provider.py",
        "        self._same_provider(query, about)\n",
        "",
        f"{_PROVIDER}::test_an_answer_of_another_provider_opens_nothing",
    ),
    (
        "a provider may call itself what it likes",
        "worker/web/provider.py",
        ' or str(found.get("issuer")).rstrip("/") != self.oidc.issuer',
        "",
        f"{_PROVIDER}::test_an_answer_that_is_not_right_opens_nothing[about]",
    ),
    (
        "a token that was typed waits in a form",
        "worker/web/fields.py",
        ' and not name.startswith("secret_")',
        "",
        f"{_ACCOUNTS}::test_credentials_are_typed_only_by_somebody_who_just_showed_who_they_are",
    ),
    (
        "credentials are asked of an unlocked screen",
        "worker/web/pages/accounts.py",
        "    visit.app.sign_ins.must_be_confirmed(visit.person)\n",
        "",
        f"{_ACCOUNTS}::test_credentials_are_typed_only_by_somebody_who_just_showed_who_they_are",
    ),
    (
        "anybody renews credentials",
        "worker/intake/credentials.py",
        "Right.MANAGE_ACCOUNTS",
        "Right.WORK_TASKS",
        "tests/unit/intake/test_credentials.py::test_only_administrators_renew[sqlite]",
    ),
    (
        "secrets are shown among the settings",
        "worker/review/chosen.py",
        "    if secret and value is not None:\n        return MASK\n",
        "    if secret and value is not None:\n        return value.get_secret_value()\n",
        f"{_WEB}/test_settings_and_audit.py::test_every_setting_is_shown_and_no_secret",
    ),
    (
        "what anybody says of their address is believed",
        "worker/web/serving.py",
        """        proxy_headers=bool(web.trusted_proxies),
        forwarded_allow_ips=list(web.trusted_proxies),
""",
        """        proxy_headers=True,
        forwarded_allow_ips="*",
""",
        f"{_WEB}/test_serving.py::test_a_proxy_is_believed_only_where_the_settings_name_it[False]",
    ),
]
