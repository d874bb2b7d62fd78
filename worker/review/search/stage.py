"""The stage: people search, and every search and every look at words leaves a trace."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from worker.clock import Clock
from worker.errors import NotAllowed, StoreNotReady
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.looking import reads_words
from worker.review.rights import Right, permitted, require
from worker.review.search.results import SearchPage, search_page
from worker.review.search.wanted import SearchFilter, checked
from worker.store.session import Store

#: Rows of one page at most.
MOST = 200


@dataclass(frozen=True)
class Search:
    """Search over comments and cases. Raises NotAllowed where the actor lacks the right, and audits that."""

    store: Store
    clock: Clock

    def find(
        self, actor: Actor, wanted: SearchFilter, *, limit: int = 50, before: int | None = None
    ) -> SearchPage:
        """What is found, newest first: wordings of comments, whether or not they became cases.

        What is kept from whoever searches is neither shown nor counted. Words are shown to those alone who
        read them in lists, and only those search by words: for anybody else an answer would tell them.

        Args:
            limit: rows at most, up to `MOST`.
            before: `next_before` of the page before.

        Raises:
            SearchRefused: it asks for nothing, or for what there is not.
            NotAllowed: they may not, or not by words.
            StoreNotReady: the search cannot be recorded, so nothing of it is shown.
        """
        require(self.store, self.clock, actor, Right.VIEW_QUEUE, "search")
        terms = checked(wanted)
        with self.store.read() as session:
            words = reads_words(session, actor)
        if terms and not words:
            self._refuse_words(actor)
        with self.store.read() as session:
            page = search_page(
                session,
                actor,
                wanted,
                terms,
                limit=max(1, min(limit, MOST)),
                before=before,
                words=words,
            )
        self._record(actor, wanted, page, before)
        return page

    def _refuse_words(self, actor: Actor) -> None:
        with permitted(self.store, self.clock, actor, Right.VIEW_QUEUE, "search"):
            raise NotAllowed(
                "You may not search by what comments say: lists show you no words, and what is found would"
                " tell them.",
                safe="Nothing was searched.",
                do="Search without words, by handle, rule, category, platform or day. Whoever reviews can"
                " search by words for you.",
            )

    def _record(self, actor: Actor, wanted: SearchFilter, page: SearchPage, before: int | None) -> None:
        """The search in the audit, and whose words it showed. Without that nobody gets to see it."""
        now = self.clock.now()
        found = {"found": page.total.number, "more": page.total.more, "before": before}
        read = [row for row in page.rows if row.snippet]
        unseen = {row.case_id for row in page.rows if wanted.words and row.snippet is None and row.case_id}
        detail = {
            "revisions": [row.revision_id for row in read],
            "cases": sorted({row.case_id for row in read if row.case_id is not None}),
        }
        try:
            with self.store.write() as session:
                said = {"filters": wanted.recorded(), **found, "matched_unseen": sorted(unseen)}
                audit.record(session, actor, "searched", "search", None, now=now, detail=said)
                if read:
                    audit.record(session, actor, "viewed", "search", None, now=now, detail=detail)
        except DBAPIError as error:
            raise StoreNotReady(
                "The database takes no entries now, so nobody can record who searches.",
                safe="Nothing of what was found is shown.",
                do="Tell whoever looks after Upstander's database, and search again when it is mended."
                " `upstander queue list` shows what waits meanwhile.",
            ) from error
