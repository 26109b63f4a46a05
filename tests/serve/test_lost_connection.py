"""A connection that is lost loses nothing that was typed; nobody else sees it."""

from __future__ import annotations

from tests.serve.served import Server, until


async def test_a_half_typed_form_is_back_for_the_same_key_only(own_server: Server) -> None:
    server = own_server
    async with server.login("anna") as anna:
        await anna.sees("Backlog")
        anna.press("nHalf a title")
        await anna.sees("Half a title")
    await until(lambda: not server.sessions())
    async with server.login("ben") as ben:
        await ben.sees("Backlog")
        assert "Half a title" not in ben.text and "is back" not in ben.text
    async with server.login("anna") as anna:
        await anna.sees("is back")
        await anna.sees("Half a title")
        anna.press("\r")
        await anna.sees("CARD-5")
    await until(lambda: not server.sessions())
    assert len(server.entries("Half a title")) == 1
    async with server.login("anna") as anna:
        await anna.sees("CARD-5")
        assert "is back" not in anna.text
        anna.press("z")
        await anna.sees("Undo a change of an earlier session?")
        await anna.sees("You added CARD-5")
