"""Guards of rendering, and the tests that miss them."""

_GUARD = "tests/unit/evidence/render/test_guard.py"
_ODD = "tests/unit/evidence/render/test_guard_odd.py"
_JUDGE = "tests/unit/evidence/render/test_judge.py"
_MEDIA = "tests/unit/evidence/render/test_media.py"
_SEEN = "tests/unit/evidence/render/test_seen.py"
_POOL = "tests/unit/evidence/render/test_pool.py"
_PAGES = "tests/integration/test_browser/test_pages.py"
_WACZ = "tests/unit/evidence/render/test_wacz.py"
_ARCHIVES = "tests/integration/test_browser/test_archives.py"

SABOTAGES = [
    (
        "one good address is enough",
        "worker/evidence/render/guard.py",
        "map(refused_because, found)",
        "map(refused_because, found[:1])",
        f"{_GUARD}::test_one_bad_address_spoils_the_name",
    ),
    (
        "names are looked up again",
        "worker/evidence/render/guard.py",
        "if wish.host not in held.answers:",
        "if True:",
        f"{_GUARD}::test_a_rebound_name_changes_nothing",
    ),
    (
        "a second look-up is not checked",
        "worker/evidence/render/guard.py",
        '            raise Refused("403 Refused by the guard", why)\n        return found\n',
        "            continue\n        return found\n",
        f"{_GUARD}::test_addresses_that_are_not_public_are_refused",
    ),
    (
        "anybody may use the guard",
        "worker/evidence/render/guard.py",
        "shown and held and hmac.compare_digest(shown[1].encode(), held.password.encode())",
        "shown and held",
        f"{_GUARD}::test_nobody_without_a_pass_uses_the_guard",
    ),
    (
        "tunnels go to any port",
        "worker/evidence/render/guard.py",
        "if why is None and wish.tunnel and wish.port != 443:",
        "if False:",
        f"{_ODD}::test_odd_requests_are_refused",
    ),
    (
        "tunnels carry anything",
        "worker/evidence/render/relay.py",
        "if not first.startswith(_TLS[: len(first)]):",
        "if False:",
        f"{_GUARD}::test_tunnels_carry_nothing_but_tls",
    ),
    (
        "what is cut looks whole",
        "worker/evidence/render/relay.py",
        '        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))\n',
        "        pass\n",
        f"{_GUARD}::test_too_much_is_cut_off",
    ),
    (
        "any sandbox on any machine",
        "worker/evidence/render/addresses.py",
        "if not address.is_loopback or not 0 < number < 65536:",
        "if not 0 < number < 65536:",
        f"{_GUARD}::test_only_this_machine_can_be_a_sandbox",
    ),
    (
        "wrapped addresses are taken",
        "worker/evidence/render/addresses.py",
        "if address.scope_id is not None or address not in _UNICAST:",
        "if address.scope_id is not None:",
        f"{_GUARD}::test_addresses_that_are_not_public_are_refused",
    ),
    (
        "another host is named inside",
        "worker/evidence/render/heads.py",
        '        if named != (host, port):\n            odd("the Host is another than the address\'s")\n',
        "",
        f"{_ODD}::test_odd_requests_are_refused",
    ),
    (
        "a log-in address does not matter",
        "worker/evidence/render/judge.py",
        "if status in {401, 403} or _LOGIN_PATH.search(address.path):",
        "if status in {401, 403}:",
        f"{_JUDGE}::test_nothing_else_is_passed_off_as_the_content",
    ),
    (
        "a wall's own words count",
        "worker/evidence/render/judge.py",
        'if not (wall and _WALL.search(_ANSWERED.sub("", words))):',
        "if True:",
        f"{_JUDGE}::test_a_comment_in_the_words_of_a_wall_does_not_fool_us",
    ),
    (
        "any word will do",
        "worker/evidence/render/judge.py",
        "return weight >= _TELLING and len(set(letters)) >= _DIFFERENT",
        "return weight > 0",
        f"{_JUDGE}::test_words_too_few_to_tell_are_not_taken_for_found",
    ),
    (
        "a name that is not found is told as a refusal",
        "worker/evidence/render/guard.py",
        "held.miss(wish.host, wish.port, lost.why)",
        "held.refuse(wish.host, wish.port, lost.why)",
        f"{_GUARD}::test_what_cannot_be_reached_is_no_refusal",
    ),
    (
        "the guard's own 502 is taken for the platform's",
        "worker/evidence/render/judge.py",
        "if unreached and status in {None, 502}:",
        "if unreached and status is None:",
        f"{_JUDGE}::test_what_the_guard_could_not_reach_is_unreached",
    ),
    (
        "seen once is seen",
        "worker/evidence/render/seeing.py",
        "return next((each for each in found if each.state is not State.CONTENT), found[0])",
        "return found[0]",
        f"{_SEEN}::test_a_page_that_changes_under_the_picture_is_not_the_comment",
    ),
    (
        "noughts are lost from a hash",
        "worker/evidence/render/likeness.py",
        "{number:064x}",
        "{number:x}",
        f"{_MEDIA}::test_a_hash_has_all_its_digits",
    ),
    (
        "media are what their header says",
        "worker/evidence/render/kinds.py",
        '    return _BRANDS.get(data[8:12]) if data[4:8] == b"ftyp" else None',
        '    return _BRANDS.get(data[8:12]) if data[4:8] == b"ftyp" else "image/jpeg"',
        f"{_MEDIA}::test_what_is_not_the_media_is_refused",
    ),
    (
        "a child has our environment",
        "worker/evidence/render/children.py",
        "                env=_environment(self._home),\n",
        "                env={**os.environ, **_environment(self._home)},\n",
        f"{_POOL}::test_a_child_knows_nothing_of_ours",
    ),
    (
        "an orphan stays",
        "worker/evidence/render/child.py",
        "    os._exit(0)\n",
        "    threading.Event().wait()\n",
        f"{_POOL}::test_a_killed_parent_leaves_no_child",
    ),
    (
        "links in a child's folder are followed",
        "worker/evidence/render/children.py",
        "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK",
        "os.O_RDONLY | os.O_NONBLOCK",
        f"{_POOL}::test_only_plain_files_are_taken_from_a_child",
    ),
    (
        "one drawing's rules hold for the next",
        "worker/evidence/render/drawing.py",
        '            page.goto("about:blank", wait_until="commit", timeout=left(until))\n',
        "",
        f"{_PAGES}::test_no_drawing_reaches_the_next",
    ),
    (
        "a page is looked at while it moves",
        "worker/evidence/render/view.py",
        "{{ {_STILL}; scrollTo(0, 0); return {_HEIGHT} }}",
        "{{ scrollTo(0, 0); return {_HEIGHT} }}",
        f"{_PAGES}::test_what_moves_has_moved_when_it_is_looked_at",
    ),
    (
        "calls go out beside the guard",
        "worker/evidence/render/browser.py",
        '    "--webrtc-ip-handling-policy=disable_non_proxied_udp",\n',
        "",
        "tests/integration/test_browser/test_escapes.py::test_a_page_reaches_nothing_but_the_guard",
    ),
    (
        "cookies go into the archive",
        "worker/evidence/render/wacz.py",
        "name.lower() in _CREDENTIALS | _HOP",
        "name.lower() in _HOP",
        f"{_WACZ}::test_no_header_can_sign_anybody_in",
    ),
    (
        "a reply can begin another in the archive",
        "worker/evidence/render/wacz.py",
        '_CONTROL.sub(" ", text)',
        "text",
        f"{_WACZ}::test_hostile_replies_stay_inside_their_records",
    ),
    (
        "the guard's words are the platform's",
        "worker/evidence/render/received.py",
        "if headers.get(ANSWERED_BY.lower()) == GUARD:",
        "if False:",
        f"{_ARCHIVES}::test_bytes_are_kept_as_they_came_and_nothing_that_signs_in",
    ),
    (
        "giants go into the archive",
        "worker/evidence/render/received.py",
        'return "too large" if heard.size > min(MOST_EACH, left) else None',
        "return None",
        f"{_ARCHIVES}::test_an_archive_is_never_larger_than_it_may_be",
    ),
    (
        "a failing archive costs the page",
        "worker/evidence/render/received.py",
        "except Exception as error:",
        "except KeyboardInterrupt as error:",
        f"{_ARCHIVES}::test_an_archive_that_cannot_be_written_costs_nothing_else",
    ),
    (
        "a wall's archive is called the page's",
        "worker/evidence/rendering.py",
        'if rendered.seen.state is State.CONTENT and "page.wacz" in names:',
        'if "page.wacz" in names:',
        "tests/integration/test_rendered_snapshots.py::test_a_wall_is_called_a_wall",
    ),
]
