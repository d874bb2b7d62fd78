"""Real pages in a real Chromium: what a stranger sees is kept as it is, and judged."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from connectors.sandbox.server import Sandbox
from tests.integration.test_browser.site import SAID, Site
from worker.evidence.render.judge import State, judge
from worker.evidence.render.pool import Ask, Renderer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def png(data: bytes) -> Image.Image:
    """A picture."""
    return Image.open(io.BytesIO(data), formats=["PNG"])


def test_the_comment_is_kept_as_a_stranger_sees_it(box: Sandbox, renderer: Renderer, permalink: str) -> None:
    """Without a wall the page is kept as picture, archive and text, with where it came from and how."""
    box.world.switches.login_wall = False
    seen = renderer.render(Ask(permalink, SAID))
    assert seen.seen.state is State.CONTENT
    assert set(seen.files) == {"page.png", "page.mhtml", "page.wacz", "page.txt"}
    assert png(seen.files["page.png"]).size == (1280, seen.facts["height"])
    assert SAID in seen.files["page.txt"].decode()
    assert b"Content-Type: image/jpeg" in seen.files["page.mhtml"]
    facts = seen.facts
    assert (facts["status"], facts["final"], facts["title"], facts["cut"]) == (
        200,
        permalink,
        "northmoor",
        False,
    )
    assert facts["chromium"].split(".")[0].isdecimal()
    assert facts["guard"]["refused"] == []


def test_a_wall_is_called_a_wall(box: Sandbox, renderer: Renderer, permalink: str) -> None:
    """Where the platform wants a log-in, its page is kept as what it is, and holds nothing of the comment."""
    box.world.switches.login_wall = True
    seen = renderer.render(Ask(permalink, SAID))
    assert (seen.seen.state, seen.facts["seen"]) == (State.WALL, "wall")
    assert SAID.encode() not in b"".join(seen.files.values())
    assert "Log in" in seen.files["page.txt"].decode()


def test_what_does_not_come_is_told_apart(box: Sandbox, renderer: Renderer, site: Site) -> None:
    """Gone, refused by our guard at once or after a redirect: each is named, and none is the content."""
    box.world.switches.login_wall = False
    found = {
        name: renderer.render(Ask(address, SAID)).seen.state
        for name, address in {
            "gone": f"{box.web_url}/nobody/posts/1",
            "elsewhere": "http://elsewhere.example.test/posts/1",
            "elsewhere by TLS": "https://elsewhere.example.test/posts/1",
            "metadata": "http://169.254.169.254/latest/meta-data/",
            "redirected": f"{box.web_url}/_sandbox/redirect?to=http://169.254.169.254/",
            "redirected to a file": f"{box.web_url}/_sandbox/redirect?to=file:///etc/hosts",
            "redirected well": f"{box.web_url}/_sandbox/redirect?to={site.put(f'<p>{SAID}</p>')}",
        }.items()
    }
    assert found == {
        "gone": State.GONE,
        "elsewhere": State.BLOCKED,
        "elsewhere by TLS": State.BLOCKED,
        "metadata": State.BLOCKED,
        "redirected": State.BLOCKED,
        "redirected to a file": State.FAILED,
        "redirected well": State.CONTENT,
    }


HIDDEN = {
    "not displayed": "<p style='display:none'>@</p>",
    "invisible": "<p style='visibility:hidden'>@</p>",
    "transparent": "<div style='opacity:.1'><p>@</p></div>",
    "transparent ink": "<p style='color:transparent'>@</p>",
    "filled with nothing": "<p style='-webkit-text-fill-color:#0000'>@</p>",
    "white on white": "<p style='color:#fefefe'>@</p>",
    "too small": "<p style='font-size:3px'>@</p>",
    "no size": "<p style='font-size:0'>@</p>",
    "off the page": "<p style='position:absolute;left:-5000px'>@</p>",
    "blurred": "<div style='filter:blur(8px)'><p>@</p></div>",
    "folded away": "<details><summary>Hidden</summary><p>@</p></details>",
    "cut off": "<p style='width:90px;height:18px;overflow:hidden'>@</p>",
    "behind a box": "<div style='position:relative'><p>@</p>"
    "<div style='position:absolute;inset:0;background:#fff;pointer-events:none'></div></div>",
    "in a field": "<input type='hidden' value='@'><textarea style='display:none'>@</textarea><img alt='@'>",
    "in code": "<!-- @ --><script type='text/plain'>@</script><template>@</template>",
}
COVERED = {
    "under a wall": "<p>@</p><div style='position:fixed;inset:0;background:#fff'>Log in to continue</div>",
    "under glass": "<p>@</p><div style='position:fixed;inset:0;background:#fff;pointer-events:none'></div>",
    "under paint": "<style>body::after{content:'';position:fixed;inset:0;background:#fff}</style><p>@</p>",
    "told by a script": "<title>@</title><p>Nothing</p><script>"
    "for (const each of [HTMLElement.prototype, Node.prototype])"
    "for (const name of ['innerText', 'textContent'])"
    "Object.defineProperty(each, name, {get: () => '@'});"
    "Object.defineProperty(CharacterData.prototype, 'data', {get: () => '@'});"
    "Document.prototype.elementFromPoint = () => document.body;</script>",
}


def test_words_that_nobody_can_read_are_not_shown(renderer: Renderer, site: Site) -> None:
    """The comment's words somewhere in a page's code do not make it the comment: a person must see them."""
    texts = {name: f"I know which bus she takes: {name}." for name in HIDDEN}
    parts = [html.replace("@", texts[name]) for name, html in HIDDEN.items()]
    plain = "I know which bus she takes: plainly."
    seen = renderer.render(Ask(site.put(f"<!doctype html>{''.join(parts)}<p>{plain}</p>"), plain))
    assert seen.seen.state is State.CONTENT
    page = seen.files["page.txt"].decode()
    judged = {name: judge(page, text, 200, seen.facts["final"]).state for name, text in texts.items()}
    assert judged == dict.fromkeys(HIDDEN, State.NOT_SHOWN)


@pytest.mark.parametrize("html", COVERED.values(), ids=COVERED.keys())
def test_words_under_something_else_are_not_shown(html: str, renderer: Renderer, site: Site) -> None:
    """A platform's overlay, or a script's tale, does not make the comment out of what lies below it."""
    seen = renderer.render(Ask(site.put("<!doctype html>" + html.replace("@", SAID)), SAID))
    assert seen.seen.state in {State.NOT_SHOWN, State.WALL}


def test_words_far_down_and_in_pieces_are_shown(renderer: Renderer, site: Site) -> None:
    """Words in several pieces, with emoji as pictures, below the first screen, drawn late, beside dialogs."""
    html = (
        "<!doctype html><meta charset=utf-8><div style='height:3000px'>Else</div><div id=late></div><script>"
        "alert('made up'); const down = document.createElement('a'); down.href = 'data:application/zip,x';"
        "down.download = 'x.zip'; down.click();"
        "setTimeout(() => { late.innerHTML = \"<p>I know <b>which</b> <a href='#'>bus</a> she takes, "
        "<img alt='\U0001f52a' width=16 height=16>and I will be there.</p>\" }, 150)</script>"
    )
    seen = renderer.render(Ask(site.put(html), SAID))
    assert seen.seen.state is State.CONTENT
    assert seen.facts["height"] > 3000
    assert png(seen.files["page.png"]).size == (1280, seen.facts["height"])


def test_a_page_without_end_is_cut_and_says_so(renderer: Renderer, site: Site) -> None:
    """A page taller than a picture can be is kept to that height, and the facts say that it goes on."""
    seen = renderer.render(Ask(site.put(f"<p>{SAID}</p><div style='height:90000px'>x</div>"), SAID))
    assert (seen.facts["height"], seen.facts["cut"]) == (15_000, True)
    assert png(seen.files["page.png"]).size == (1280, 15_000)


def test_every_stranger_is_new(renderer: Renderer, site: Site) -> None:
    """No cookie of one rendering is shown to the platform in the next."""
    page = site.put(f"<p>{SAID}</p><script>localStorage.x = 1</script>")
    site.heard.clear()
    for _ in range(2):
        renderer.render(Ask(page, SAID))
    assert len(site.heard) >= 2
    assert not [each for each in site.heard if "cookie" in each.lower()]


def test_our_own_pages_are_drawn_without_a_network(renderer: Renderer, site: Site) -> None:
    """A page of ours is drawn as tall as it is; what hostile text brings in loads and runs nothing."""
    site.heard.clear()
    picture = renderer.picture(
        f"<body style='margin:0;background:#005eb8'><img src='http://{site.address}/x'>"
        "<script>document.body.style.background = 'red'</script><div style='height:1234px'></div>"
    )
    drawn = png(picture.png)
    assert drawn.width == 900
    assert 1234 <= drawn.height < 1300
    assert drawn.convert("RGB").getpixel((600, 600)) == (0x00, 0x5E, 0xB8)
    assert site.heard == []


def test_no_drawing_reaches_the_next(renderer: Renderer) -> None:
    """What one page of ours forbids, says or leaves does not hold for the one drawn after it."""
    csp = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    renderer.picture(f"<head>{csp}</head><div style='height:5000px'>x</div>")
    drawn = png(renderer.picture("<body style='margin:0;background:#005eb8'>x").png).convert("RGB")
    assert drawn.height < 5000
    assert drawn.getpixel((600, 5)) == (0x00, 0x5E, 0xB8)


def test_what_moves_has_moved_when_it_is_looked_at(renderer: Renderer, site: Site) -> None:
    """Words that fade in slowly are read and drawn as they are in the end."""
    fade = "<style>@keyframes in { from { opacity: 0 } } p { animation: in 900s }</style>"
    seen = renderer.render(Ask(site.put(f"{fade}<p>{SAID}</p>"), SAID))
    assert seen.seen.state is State.CONTENT
    darkest = min(png(seen.files["page.png"]).convert("L").tobytes())
    assert darkest < 60
