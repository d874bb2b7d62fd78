"""The simulated world: the truth behind both platforms, in memory, safe to use from several threads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import RLock

from connectors.sandbox.switches import Switches
from connectors.sandbox.things import (
    BROKEN,
    Account,
    Author,
    Change,
    Comment,
    Index,
    Ledger,
    Media,
    Post,
    Version,
)

#: Snowflake ids count milliseconds from here (2010-11-04).
X_EPOCH_MS = 1288834974657
PLATFORMS = ("x", "facebook")


def milliseconds(at: datetime) -> int:
    """A time as whole milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def snowflake(at: datetime, seq: int = 0) -> int:
    """The id X would give to something posted at this time."""
    return (milliseconds(at) - X_EPOCH_MS) << 22 | seq


class World:
    """Accounts, authors, posts and comments of both platforms, and every change asked for.

    Hold `lock` while reading several things that must fit together.

    Args:
        now: tells the time (aware UTC).
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.lock = RLock()
        self.switches = Switches()
        self.ledger = Ledger()
        self.accounts: dict[tuple[str, str], Account] = {}
        self.authors: dict[tuple[str, str], Author] = {}
        self.posts: dict[tuple[str, str], Post] = {}
        self.comments: dict[tuple[str, str], Comment] = {}
        self.rows: dict[tuple[str, str, str], str] = {}
        self.everything: dict[str, Index] = defaultdict(Index)
        self.posts_of: dict[str, Index] = defaultdict(Index)
        self.threads: dict[str, Index] = defaultdict(Index)
        self.tops: dict[str, Index] = defaultdict(Index)
        self.answers: dict[str, Index] = defaultdict(Index)
        self.addressed: dict[str, Index] = defaultdict(Index)
        self.mentions: dict[str, Index] = defaultdict(Index)
        self._by_version: dict[tuple[str, str], str] = {}
        self._number = 1_000
        self._x_ids: set[int] = set()

    def add_account(
        self, platform: str, handle: str, *, name: str | None = None, account_id: str | None = None
    ) -> Account:
        """Add an account, or give the one that already has this handle.

        Raises:
            ValueError: there is no such platform, or the id is taken.
        """
        if platform not in PLATFORMS:
            raise ValueError(f"the sandbox has no platform {platform!r}; it has x and facebook")
        with self.lock:
            for account in self.accounts.values():
                if account.platform == platform and account.handle.lower() == handle.lower():
                    return account
            first = {"x": 100, "facebook": 900}[platform]
            taken = sum(1 for each in self.accounts.values() if each.platform == platform)
            chosen = account_id or str(first + taken)
            if any(taken_id == chosen for _, taken_id in self.accounts):
                raise ValueError(f"the account id {chosen!r} is taken")
            token = f"sandbox-{platform}-{handle}-token"
            account = Account(platform, chosen, handle, name or handle, token, f"{token}-app")
            self.accounts[platform, chosen] = account
            return account

    def account_of(self, platform: str, handle: str) -> Account | None:
        """The account with this handle or id, if there is one."""
        with self.lock:
            found = self.accounts.get((platform, handle))
            for each in self.accounts.values():
                if each.platform == platform and each.handle.lower() == handle.lower():
                    found = each
            return found

    def add_author(self, platform: str, handle: str, *, name: str | None = None) -> Author:
        """Add an author, or give the one that already has this handle."""
        with self.lock:
            known = self.authors.get((platform, "@" + handle.lower()))
            if known is None:
                known = Author(str(50_000 + self._next_number()), handle, name or handle)
                self.authors[platform, "@" + handle.lower()] = known
                self.authors[platform, known.id] = known
            return known

    def add_post(self, account: Account, text: str, *, posted_at: datetime | None = None) -> Post:
        """Publish a post from an account."""
        with self.lock:
            at = posted_at or self.now()
            on_x = account.platform == "x"
            post_id = self._x_id(at) if on_x else f"{account.id}_{self._next_number()}"
            post = Post(account.platform, post_id, account.id, text, at)
            order = self.order(post)
            self.posts[account.platform, post_id] = post
            self.posts_of[account.id].add(order, post_id)
            if account.platform == "x":
                self.everything["x"].add(order, post_id)
                self.threads[post_id].add(order, post_id)
            return post

    def add_comment(  # noqa: PLR0913  # a comment has so many parts, and all but two are optional
        self,
        account: Account,
        text: str | None,
        *,
        post: Post | None = None,
        parent: Comment | None = None,
        author: Author | None = None,
        posted_at: datetime | None = None,
        kind: str = "reply",
        media: Sequence[Media] = (),
        mentions: bool = False,
        row_id: str | None = None,
        broken: frozenset[str] = frozenset(),
    ) -> Comment:
        """Write a comment to an account.

        Args:
            post: what it is under; only a mention or a quote on X can do without (a quote keeps it
                as what is quoted).
            parent: the comment it answers, if not the post itself.
            broken: what shall be wrong with it (names in `things.BROKEN`).

        Raises:
            ValueError: the post is missing, or `broken` has an unknown name.
        """
        if broken - BROKEN:
            raise ValueError(f"unknown kinds of broken: {sorted(broken - BROKEN)}; known: {sorted(BROKEN)}")
        if post is None and (kind != "mention" or account.platform != "x"):
            raise ValueError(f"a {kind} on {account.platform} needs a post")
        alone = kind in ("mention", "quote") and account.platform == "x"
        with self.lock:
            at = posted_at or self.now()
            comment_id = self._comment_id(account.platform, post, at)
            comment = Comment(
                account.platform,
                comment_id,
                kind,
                account.id,
                None if alone or post is None else post.id,
                parent.id if parent else None,
                author.id if author else None,
                at,
                [Version(comment_id, text, at)],
                tuple(media),
                mentions=mentions or kind == "mention",
                quoted_id=post.id if post is not None and kind == "quote" else None,
                row_id=row_id,
                broken=broken,
            )
            self._take_in(comment)
            return comment

    def edit(self, platform: str, comment_id: str, text: str) -> Comment:
        """Change a comment's wording, as its author would.

        Raises:
            KeyError: there is no such comment.
        """
        with self.lock:
            comment = self.comment(platform, comment_id)
            if comment is None:
                raise KeyError(comment_id)
            at = self.now()
            new_id = comment.current.id
            indexes = self._indexes(comment)
            for index in indexes:
                index.remove(self.order(comment), comment.id)
            if platform == "x" and self.switches.x_edits == "new_id":
                new_id = self._x_id(at)
                self._by_version[platform, new_id] = comment.id
            comment.versions.append(Version(new_id, text, at))
            for index in indexes:
                index.add(self.order(comment), comment.id)
            return comment

    def delete(self, platform: str, comment_id: str) -> Comment:
        """Take a comment away, as its author would; asked for by an account, use `change`.

        Raises:
            KeyError: there is no such comment.
        """
        with self.lock:
            comment = self.comment(platform, comment_id)
            if comment is None:
                raise KeyError(comment_id)
            comment.deleted = True
            return comment

    def change(self, comment: Comment, kind: str, *, works: bool = True) -> bool:
        """Carry out and record a hide, unhide or delete that an account asked for.

        Args:
            works: False records the call but changes nothing, as platforms sometimes do.

        Returns:
            Whether anything changed.
        """
        with self.lock:
            made = works and (not comment.deleted if kind == "delete" else comment.hidden != (kind == "hide"))
            self.ledger.changes.append(Change(self.now(), comment.platform, comment.id, kind, made))
            if made and kind == "delete":
                comment.deleted = True
            elif made:
                comment.hidden = kind == "hide"
            return made

    def change_person(self, account: Account, person_id: str, kind: str, *, works: bool = True) -> bool:
        """Carry out and record a block, unblock, mute or unmute that an account asked for.

        Args:
            works: False records the call but changes nothing, as platforms sometimes do.

        Returns:
            Whether anything changed.
        """
        with self.lock:
            people = account.muted if kind in ("mute", "unmute") else account.blocked
            begins = kind in ("block", "mute")
            made = works and (person_id in people) != begins
            self.ledger.changes.append(Change(self.now(), account.platform, person_id, kind, made))
            if made and begins:
                people.append(person_id)
            elif made:
                people.remove(person_id)
            return made

    def comment(self, platform: str, comment_id: str) -> Comment | None:
        """The comment with this id (any of its ids), unless it was deleted."""
        with self.lock:
            found = self.comments.get((platform, self._by_version.get((platform, comment_id), "")))
            return None if found is None or found.deleted else found

    def order(self, item: Post | Comment) -> int:
        """Where an item stands in time: a rising number."""
        if item.platform == "x":
            return int(item.current.id if isinstance(item, Comment) else item.id)
        return milliseconds(item.posted_at) << 64 | int(item.id.rpartition("_")[2])

    def _take_in(self, comment: Comment) -> None:
        self.comments[comment.platform, comment.id] = comment
        self._by_version[comment.platform, comment.id] = comment.id
        if comment.row_id is not None:
            self.rows[comment.platform, comment.account_id, comment.row_id] = comment.id
        for index in self._indexes(comment):
            index.add(self.order(comment), comment.id)

    def _indexes(self, comment: Comment) -> list[Index]:
        found = [self.everything[comment.platform], self.threads[comment.post_id or comment.id]]
        if comment.parent_id is None and comment.post_id is not None:
            found.append(self.tops[comment.post_id])
        if comment.parent_id is not None:
            found.append(self.answers[comment.parent_id])
        if comment.post_id is not None and comment.parent_id is None:
            found.append(self.addressed[comment.account_id])
        if comment.mentions:
            found.append(self.mentions[comment.account_id])
        return found

    def _comment_id(self, platform: str, post: Post | None, at: datetime) -> str:
        if platform == "x" or post is None:
            return self._x_id(at)
        return f"{post.id.rpartition('_')[2]}_{self._next_number()}"

    def _x_id(self, at: datetime) -> str:
        number = snowflake(at)
        while number in self._x_ids:
            number += 1
        self._x_ids.add(number)
        return str(number)

    def _next_number(self) -> int:
        self._number += 1
        return self._number
