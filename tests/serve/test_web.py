"""Promise 20 in a browser: who comes through the proxy gets the board and nothing else."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("textual_serve", reason="textual-serve is not installed: pip install vsm[web]")

import aiohttp

from tests.serve.browser import URL, headers, tab
from tests.serve.conftest import make_board
from tests.serve.served import Server, is_alive, memory, serving, until

pytestmark = pytest.mark.promise(20)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all tests of the module."""
    with serving(make_board(tmp_path_factory.mktemp("web") / "work.db"), "web") as running:
        yield running


async def get(
    server: Server, path: str, values: dict[str, str] | list[tuple[str, str]]
) -> tuple[int, str, dict[str, str]]:
    """Ask as a program does, without a websocket."""
    async with aiohttp.ClientSession() as client:
        url = f"http://127.0.0.1:{server.port}{path}"
        async with client.get(url, headers=values, allow_redirects=False) as answer:
            text = (await answer.read()).decode(errors="replace")
            return answer.status, text, dict(answer.headers)


async def test_the_proxy_says_who_it_is(web: Server) -> None:
    async with tab(web, "anna") as anna:
        await anna.sees("Backlog")
        assert "anna" in anna.text
        anna.press("nBrand new card\r")
        await anna.sees("CARD-5")
    ((actor, source, session),) = await until(lambda: web.entries("Brand new card"))
    start = web.logged("session_start")[-1]
    assert actor.endswith("=anna") and source == "web" and session == start["session"]
    assert start["member"] == "anna" and start["peer"] == "127.0.0.1"
    assert "Brand new" not in web.database.with_suffix(".log").read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Vsm-Secret", None),
        ("X-Vsm-Secret", ""),
        ("X-Vsm-Secret", "x" * 43),
        ("X-Vsm-Secret", "é" * 43),
        ("X-Forwarded-User", None),
        ("X-Forwarded-User", ""),
        ("X-Forwarded-User", "anna miller"),
        ("X-Forwarded-User", "agent:"),
        ("X-Forwarded-User", "a" * 61),
        ("X-Forwarded-User", "anna\u200bb"),
        ("Origin", None),
        ("Origin", "null"),
        ("Origin", "http://board.test"),
        ("Origin", "https://board.test.evil.example"),
        ("Origin", "https://evil.example"),
    ],
)
async def test_nobody_comes_in_without_all_that_is_asked(
    web: Server, name: str, value: str | None
) -> None:
    before = len(web.logged("session_start"))
    values = {**headers(web), name: value or ""}
    if value is None:
        del values[name]
    status, text, _ = await get(web, "/ws", values)
    assert status == 403 and text.startswith("vsm: ")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with aiohttp.ClientSession() as browser:
            await browser.ws_connect(f"http://127.0.0.1:{web.port}/ws", headers=values)
    if name != "Origin":
        for path in ("/", "/page.js", "/static/js/textual.js", "/nothing"):
            assert (await get(web, path, values))[0] == 403
    assert len(web.logged("session_start")) == before
    refused = web.logged("refused")[-1]
    assert refused["peer"] == "127.0.0.1" and refused["reason"]


@pytest.mark.parametrize("name", ["X-Vsm-Secret", "X-Forwarded-User", "Origin"])
async def test_a_header_that_is_there_twice_is_not_believed(web: Server, name: str) -> None:
    """A proxy that adds a header leaves that of the client in front of it."""
    values = [*headers(web).items(), (name, headers(web)[name])]
    assert (await get(web, "/ws", values))[0] == 403


async def test_the_log_has_the_address_that_the_proxy_saw(web: Server) -> None:
    values = {**headers(web), "Origin": "https://evil.example"}
    await get(web, "/ws", {**values, "X-Forwarded-For": "10.1.1.1, 192.0.2.7"})
    assert web.logged("refused")[-1]["peer"] == "192.0.2.7"
    await get(web, "/ws", {**values, "X-Forwarded-For": "<b>"})
    assert web.logged("refused")[-1]["peer"] == "127.0.0.1"


async def test_the_page_loads_nothing_from_elsewhere(web: Server) -> None:
    status, page, sent = await get(web, "/", headers(web))
    assert status == 200
    places = re.findall(r'(?:src|href|(?<!-)url)(?:="|\(")([^"]*)"', page)
    assert len(places) == 7
    for place in places:
        assert place.startswith((f"{URL}/", "data:,", "./"))
        if place.startswith(URL):
            assert (await get(web, place.removeprefix(URL), headers(web)))[0] == 200
    assert 'data-session-websocket-url="wss://board.test/ws"' in page
    assert sent["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    assert "connect-src wss://board.test/ws;" in sent["Content-Security-Policy"]
    assert sent["X-Frame-Options"] == "DENY" and sent["Server"] == "vsm"


async def test_no_other_file_is_served(web: Server) -> None:
    for path in ("/static", "/static/", "/static/js", "/static/../server.py", "/download/1"):
        status, text, _ = await get(web, path, headers(web))
        assert status in (403, 404) and "textual" not in text
    status, text, _ = await get(web, "/static/%2e%2e/server.py", headers(web))
    assert status in (403, 404) and "import" not in text


async def test_a_tab_that_goes_away_leaves_no_process(web: Server) -> None:
    async with tab(web) as anna:
        await anna.sees("Backlog")
        process = web.logged("session_start")[-1]["process"]
        assert is_alive(process)
    await until(lambda: not is_alive(process), within=5)
    await until(lambda: web.logged("session_end")[-1]["process"] == process)


async def test_what_was_half_typed_is_back_in_the_next_tab(web: Server) -> None:
    async with tab(web, "cleo") as cleo:
        await cleo.sees("Backlog")
        cleo.press("nHalf a tit")
        await cleo.sees("Half a tit")
    async with tab(web, "cleo") as cleo:
        await cleo.sees("Half a tit")
        await cleo.sees("unsaved text")


async def test_q_closes_the_tab(web: Server) -> None:
    async with tab(web) as anna:
        await anna.sees("Backlog")
        anna.press("q")
        await anna.ends()
        assert anna.connection.close_code == 1000
    await until(lambda: "reason" not in web.logged("session_end")[-1])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"stdin"',
        '["stdin"]',
        '["stdin", 7]',
        '["resize", {"width": "wide", "height": 1}]',
        '["resize", {"width": 1e400, "height": NaN}]',
        '["resize", {"width": 100000, "height": 100000}]',
        '["resize", {"width": -5, "height": 0}]',
        '["quit"]',
        '["exec", "id"]',
        '["stdin", "\\ud800"]',
        "[" * 100_000,
    ],
    ids=range(15),
)
async def test_nonsense_from_a_page_harms_no_board(web: Server, text: str) -> None:
    async with tab(web) as anna:
        await anna.sees("Backlog")
        anna.send(text)
        await anna.settles()  # what covers a board that is too small takes no keys
        anna.say("resize", {"width": 100, "height": 30})
        anna.press("?")
        await anna.sees("Keys")


@pytest.mark.parametrize("size", ["0x0", "100000x100000", "undefinedxNaN", "9" * 50 + "x٣"])
async def test_a_size_that_none_is_still_shows_a_board(web: Server, size: str) -> None:
    async with tab(web, size=size) as anna:
        await until(lambda: b"CARD-1" in anna.sent)


async def test_a_board_is_of_use_while_a_long_text_is_pasted(web: Server) -> None:
    async with tab(web, "dan") as dan, tab(web, "eva") as eva:
        await dan.sees("Backlog")
        dan.press("\x1b[200~" + "j" * 2_000_000 + "\x1b[201~")
        await eva.sees("Backlog")
        eva.press("?")
        await eva.sees("Keys")
        await dan.sees("live")


async def test_the_role_of_the_server_is_the_most_that_anybody_has(tmp_path: Path) -> None:
    with serving(make_board(tmp_path / "work.db"), "web:viewer") as running:
        async with tab(running) as anna:
            await anna.sees("Backlog")
            anna.press("L")
            await anna.sees("viewer")
        assert running.entries("stage_id") == running.entries("dora")


async def test_all_places_taken_and_nobody_there(tmp_path: Path) -> None:
    with serving(make_board(tmp_path / "work.db"), "web", sessions=1, idle=3.0) as running:
        async with tab(running) as anna:
            await anna.sees("Backlog")
            async with tab(running, "ben") as ben:
                assert "all 1 places are taken" in await ben.ends()
            assert "no key was pressed" in await anna.ends()
        await until(lambda: not running.sessions())
        assert [line["reason"] for line in running.logged("limit")] == ["sessions in all"]


async def test_a_browser_that_reads_nothing_is_let_go(tmp_path: Path) -> None:
    with serving(make_board(tmp_path / "work.db"), "web", unread=1.0) as running:
        async with tab(running, size="500x200") as anna:
            await until(lambda: b"CARD-1" in anna.sent)
            anna.reading.cancel()
            process = running.logged("session_start")[-1]["process"]
            anna.connection._response.connection.transport.pause_reading()

            def is_let_go() -> bool:
                anna.press("?\x1b\x0c")
                return bool(running.logged("session_end"))

            await until(is_let_go, within=60)
            assert running.logged("session_end")[-1]["reason"] == "what it was sent was not read"
            assert memory(running.process.pid) < 150
            await until(lambda: not is_alive(process), within=10)


async def test_the_end_of_the_server_ends_all_tabs(tmp_path: Path) -> None:
    with serving(make_board(tmp_path / "work.db"), "web") as running:
        async with tab(running) as anna:
            await anna.sees("Backlog")
            running.process.send_signal(signal.SIGTERM)
            assert "the server is going down" in await anna.ends()
        running.process.wait(10)
        assert running.sessions() == []
