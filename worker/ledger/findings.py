"""What checking the ledger can find, each under a short name that stays the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

#: Every name, with what it means. Names are for machines and for tables of attacks; the words are for people.
MEANINGS = {
    "head_wrong": "the ledger's head is missing, or its size, root or peaks are not those of its entries",
    "cut_off": "a checkpoint or the head states more entries than there are: the newest were removed",
    "position_missing": "an entry was removed, or its position is none",
    "entry_altered": "an audit row, or its entry's nonce or leaf, was changed",
    "entry_unreadable": "an audit row holds what no audit row can hold: it was changed",
    "entry_without_audit": "an audit row was removed and its entry left",
    "audit_without_entry": "an audit row has no entry: it was removed, or the row was added past the guards",
    "entry_beyond_head": "an entry has a position that the head does not cover",
    "node_wrong": "a stored node is missing, was changed, or covers entries that are not there",
    "checkpoint_root": "a checkpoint states another root than its entries have: the ledger was rewritten",
    "checkpoint_text": "a checkpoint's text is none, or states something else than its row",
    "checkpoint_signature": "a checkpoint's signature is damaged, or over another text",
    "checkpoint_other_key": "a checkpoint was signed with a key that is not the Trust's",
    "root_unknown": "roots beyond a missing entry cannot be computed, so what is stated of them is unchecked",
    "keys_unreadable": "the certificates cannot be read, so no signature was checked",
    "published_root": "a published checkpoint states another root: the ledger was rewritten after it",
    "published_differs": "a published checkpoint is not the one that the ledger keeps for that size",
    "published_unknown": "a published checkpoint is no longer among the ledger's own: it was removed there",
    "published_missing": "a checkpoint that was published is no longer in the folder",
    "published_nowhere": "the folder of published checkpoints is not there or cannot be opened: none checked",
    "published_unreadable": "a published file is no checkpoint, or cannot be read",
    "published_signature": "a published checkpoint's signature is missing, damaged, or over another text",
    "published_other_key": "a published checkpoint was signed with a key that is not the Trust's",
}
#: So many are told in full of each kind; of the others, only how many.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        name: one of `MEANINGS`.
        words: where, and what it means.
    """

    name: str
    words: str


@dataclass(slots=True)
class Findings:
    """Gathers what is found; however much it is, only a little of each kind is kept."""

    _kept: list[Finding] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, where: str) -> None:
        """Note one."""
        self._counts[name] += 1
        if self._counts[name] <= _MOST:
            self._kept.append(Finding(name, f"{where}: {MEANINGS[name]}."))

    def all(self) -> tuple[Finding, ...]:
        """All, those of one kind together, in the order of the first of each kind."""
        kinds = list(self._counts)
        found = sorted(self._kept, key=lambda each: kinds.index(each.name))
        more = [
            Finding(name, f"{count - _MOST} more: {MEANINGS[name]}.")
            for name, count in self._counts.items()
            if count > _MOST
        ]
        return (*found, *more)
