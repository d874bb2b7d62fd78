"""The demo's round leaves with 1 when any one stage does not do its work."""

_ROUND = "tests/integration/test_cli_demo.py::test_one_round_holds[options0]"

SABOTAGES = [
    (
        "demo: polling drops a comment",
        "worker/intake/writing.py",
        "fresh = [item for item in unique if item.comment.external_id not in stored]",
        "fresh = [item for item in unique if item.comment.external_id not in stored][1:]",
        _ROUND,
    ),
    (
        "demo: nothing is queued",
        "worker/intake/screening.py",
        "return judge(RevisionText(comment.text), history)",
        "return _NOTHING",
        _ROUND,
    ),
    (
        "demo: evidence is not captured",
        "worker/jobs/run.py",
        '"capture": lambda payload, finish: app.evidence.capture(payload["snapshot_id"], finish)',
        '"capture": lambda payload, finish: app.intake._finish_only(finish)',
        _ROUND,
    ),
    (
        "demo: a decision asks for nothing",
        "worker/review/requests.py",
        'outbox.enqueue(session, job, {"requested_action_id": asked.id}, now=now, key=f"act:{asked.id}")',
        "pass",
        _ROUND,
    ),
    (
        "demo: damaged evidence allows an action",
        "worker/evidence/stage.py",
        "            hashes = prove(self.store, self.surveyor, snapshot_id, request)\n",
        """            from worker.evidence.bag import Hashes
            hashes = Hashes(manifest="0" * 64, tagmanifest="0" * 64)
""",
        _ROUND,
    ),
    (
        "demo: the platform is not asked",
        "worker/action/stage.py",
        "return connector.apply(errand.request(evidence), receipt)",
        'return ActionResult(Fate.DONE, "done")',
        _ROUND,
    ),
    (
        "demo: the summary counts too much",
        "worker/summary/counts.py",
        'select(t.Comment.platform, func.count().label("number"))',
        'select(t.Comment.platform, (func.count() + 1).label("number"))',
        _ROUND,
    ),
    (
        "demo: a log-in wall passes for the comment",
        "worker/evidence/render/judge.py",
        'return Seen(State.WALL, "the page asks to log in and does not show the comment\'s words")',
        'return Seen(State.CONTENT, "the page asks to log in and does not show the comment\'s words")',
        _ROUND,
    ),
    (
        "demo: one user of the computer passes for two people",
        "worker/review/os_users.py",
        "    if is_same(actor.os_user, earlier, one_will_do=one_will_do):\n",
        "    if False:\n",
        _ROUND,
    ),
    (
        "demo: a hand-over is signed wrongly",
        "worker/evidence/handover/whole.py",
        "    package.add(SUMS_SIGNATURE, sign(listing))\n",
        "    package.add(SUMS_SIGNATURE, sign(listing[1:]))\n",
        _ROUND,
    ),
    (
        "demo: the ledger's proofs are left out of a hand-over",
        "worker/evidence/handover/whole.py",
        "sorted({**certificates(cases, proved, trust, sign), **proved}.items())",
        "sorted(certificates(cases, proved, trust, sign).items())",
        _ROUND,
    ),
    (
        "demo: a hand-over is not in the custody timeline",
        "worker/evidence/keeping/timeline.py",
        """        _about("export", _ids(session, exports)),
""",
        "",
        _ROUND,
    ),
    (
        "demo: a hold stops no destruction",
        "worker/evidence/keeping/obstacles.py",
        "        *_held(session, comment),\n",
        "",
        _ROUND,
    ),
    (
        "demo: what was approved is not destroyed",
        "worker/jobs/run.py",
        '"dispose": lambda payload, finish: app.keeping.carry_out(payload["comment_id"], finish)',
        '"dispose": lambda payload, finish: app.intake._finish_only(finish)',
        _ROUND,
    ),
]
