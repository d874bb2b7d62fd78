"""What was seen: the comment itself, and all that must not be taken for it."""

from __future__ import annotations

import pytest

from worker.evidence.render.judge import State, judge

URL = "https://social.example.test/northmoor/posts/1?comment_id=2"
SAID = "I know which bus she takes, and I will be there."
WALL = "Log in to Example\nYou must log in to continue.\nE-mail\nPassword\nLog in"
PAGE = f"Northmoor Hospital\nVisiting hours change on Monday\nComments\nPasser By\n{SAID}\nLike Reply"


def test_the_comment_on_its_page_is_the_content() -> None:
    """The words of the comment, readable at its address, are what was looked for."""
    assert judge(PAGE, SAID, 200, URL).state is State.CONTENT


def test_a_page_that_also_offers_to_log_in_can_show_the_comment() -> None:
    """Public pages have a log-in button; with the comment's words beside it they are no wall."""
    assert judge(f"Log in\nSign up\n{PAGE}", SAID, 200, URL).state is State.CONTENT


@pytest.mark.parametrize(
    ("text", "status", "url", "state"),
    [
        (WALL, 200, URL, State.WALL),
        ("Mewngofnodwch i barhau", 200, URL, State.WALL),
        ("Create new account", 200, URL, State.WALL),
        (PAGE, 200, "https://social.example.test/login.php?next=x", State.WALL),
        (PAGE, 200, "https://social.example.test/i/flow/login", State.WALL),
        (PAGE, 200, "https://social.example.test/accounts/login/", State.WALL),
        (PAGE, 403, URL, State.WALL),
        (PAGE, 401, URL, State.WALL),
        (PAGE, 404, URL, State.GONE),
        (PAGE, 410, URL, State.GONE),
        ("This content isn't available right now", 200, URL, State.NOT_SHOWN),
        ("", 200, URL, State.NOT_SHOWN),
        (PAGE, 500, URL, State.FAILED),
        (PAGE, 429, URL, State.FAILED),
        (PAGE, 302, URL, State.FAILED),
        (PAGE, None, URL, State.FAILED),
        (PAGE, 200, "chrome-error://chromewebdata/", State.FAILED),
        (PAGE, 200, "file:///etc/hosts", State.FAILED),
        (PAGE, 200, "https://[::1", State.FAILED),
        (PAGE, 407, URL, State.BLOCKED),
    ],
)
def test_nothing_else_is_passed_off_as_the_content(
    text: str, status: int | None, url: str, state: State
) -> None:
    """A wall, a missing page, an error or a page without the words is called what it is, words or not."""
    assert judge(text, SAID, status, url).state is state


@pytest.mark.parametrize("status", [None, 403, 502])
def test_what_the_guard_refused_is_blocked(status: int | None) -> None:
    """A refusal of our own is not blamed on the platform."""
    assert judge("", SAID, status, URL, refused=True).state is State.BLOCKED


@pytest.mark.parametrize("status", [None, 502])
def test_what_the_guard_could_not_reach_is_unreached(status: int | None) -> None:
    """A name without an address is neither a refusal of ours nor an answer of the platform's."""
    assert judge("", SAID, status, URL, unreached=True).state is State.UNREACHED
    assert judge("", SAID, status, URL, unreached=True, refused=True).state is State.BLOCKED


def test_a_refused_picture_does_not_make_the_page_blocked() -> None:
    """A page that came is judged by what it shows, whatever else the guard refused."""
    assert judge(PAGE, SAID, 200, URL, refused=True).state is State.CONTENT


@pytest.mark.parametrize(
    "comment",
    [
        "You must log in to continue.",
        "Log in to Example\nYou must log in to continue.",
        "@northmoor You must log in to continue.",
    ],
)
def test_a_comment_in_the_words_of_a_wall_does_not_fool_us(comment: str) -> None:
    """An author who writes what the log-in page says does not make the log-in page evidence."""
    assert judge(WALL, comment, 200, URL).state is State.WALL


@pytest.mark.parametrize(
    "comment",
    [
        None,
        "",
        "  ",
        "Die.",
        "\U0001f52a\U0001f480",
        "hahahahahahahahaha",
        "@a @b",
        "https://t.example.test/abcdefghijkl",
    ],
)
def test_words_too_few_to_tell_are_not_taken_for_found(comment: str | None) -> None:
    """A text that could stand on any page, or has no words, is never called seen, even where it stands."""
    page = f"{PAGE}\n{comment}\nhttps://t.example.test/abcdefghijkl"
    assert judge(page, comment, 200, URL).state is State.NOT_SHOWN


@pytest.mark.parametrize(
    ("comment", "shown"),
    [
        ("I know\u200b which bus\u00a0she takes,\n\n and I will", "I know which bus she takes, and I will"),
        ("I \U0001f52a know which bus she takes \U0001f468\u200d\U0001f469", "I know which bus she takes"),
        ("Wait for her at the cafe\u0301 today", "Wait for her at the caf\u00e9 today"),
        (
            "@northmoor @other I know which bus she takes",
            "Replying to @northmoor\nI know which bus she takes",
        ),
        (
            "She is here https://t.example.test/x1 every day",
            "She is here example.test/map/leeds\u2026 every day",
        ),
        ("Me &amp; my friends know which bus", "Me & my friends know which bus"),
        ("Me &amp; my friends know which bus", "Me &amp; my friends know which bus"),
        ("\u6211\u77e5\u9053\u5979\u5750\u54ea", "\u6211\u77e5\u9053\u5979\u5750\u54ea"),
        ("I know #which bus she takes", "I know\n#which\nbus she takes"),
    ],
)
def test_what_a_platform_does_to_a_text_is_seen_through(comment: str, shown: str) -> None:
    """Blanks, joiners, emoji drawn as pictures, shortened links and left-out handles hide no comment."""
    assert judge(f"Header\n{shown}\nFooter", comment, 200, URL).state is State.CONTENT


@pytest.mark.parametrize(
    ("comment", "shown"),
    [
        (SAID, "I know which bus she takes, and I will be\u2026 See more"),
        (SAID, "I know which train she takes, and I will be there."),
        (SAID, SAID.upper()),
        ("She is here https://t.example.test/x1 every single day", "every single day\nShe is here"),
        (
            "She is here https://t.example.test/x1 every single day",
            f"She is here {'x' * 400} every single day",
        ),
    ],
)
def test_another_wording_is_not_the_comment(comment: str, shown: str) -> None:
    """A cut, an edited or a rearranged text is not what was looked for."""
    assert judge(f"Header\n{shown}\nFooter", comment, 200, URL).state is State.NOT_SHOWN
