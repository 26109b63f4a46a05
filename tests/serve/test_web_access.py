"""Checks of browsers that need no browser: addresses, the file of the secret, the command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.serve.conftest import make_board
from vsm.cli import serve_web
from vsm.cli.main import cli
from vsm.model.errors import VsmError
from vsm.serve.web_access import Access, checked_url, make_secret, read_secret


@pytest.mark.parametrize(
    ("text", "url", "origin", "websocket"),
    [
        ("https://b.example", "https://b.example", "https://b.example", "wss://b.example/ws"),
        ("https://b.example/", "https://b.example", "https://b.example", "wss://b.example/ws"),
        (
            "https://b.example:8443/flow/",
            "https://b.example:8443/flow",
            "https://b.example:8443",
            "wss://b.example:8443/flow/ws",
        ),
        (
            "https://b.example:443",
            "https://b.example:443",
            "https://b.example",
            "wss://b.example:443/ws",
        ),
        (
            "http://localhost:8080",
            "http://localhost:8080",
            "http://localhost:8080",
            "ws://localhost:8080/ws",
        ),
        ("http://[::1]:80", "http://[::1]:80", "http://[::1]", "ws://[::1]:80/ws"),
    ],
)
def test_the_address_of_the_board(text: str, url: str, origin: str, websocket: str) -> None:
    access = Access(url=checked_url(text), secret="s" * 32)
    assert (access.url, access.origin, access.websocket) == (url, origin, websocket)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "board.example",
        "http://board.example",
        "ftp://board.example",
        "https://",
        "https://Board.example",
        "https://anna@board.example",
        "https://board.example?x=1",
        "https://board.example/#a",
        'https://board.example/"><script>',
        "https://board.example\nX: y",
        "https://board.example:0",
        "https://bücher.example",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(VsmError, match="is not the address of a board"):
        checked_url(text)


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "proxy.secret"
    before = os.umask(0)
    try:
        assert make_secret(file)
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600
    secret = read_secret(file)
    assert len(secret) >= 32 and not make_secret(file) and read_secret(file) == secret
    with pytest.raises(VsmError, match="cannot be made"):
        make_secret(tmp_path / "nowhere" / "proxy.secret")


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (b"s" * 40, 0o640, "others can read"),
        (b"s" * 40, 0o604, "others can read"),
        (b"s" * 31, 0o600, "too easy to guess"),
        (b"", 0o600, "too easy to guess"),
        (b"two words " * 8, 0o600, "cannot be sent"),
        ("é".encode() * 40, 0o600, "not ASCII"),
    ],
)
def test_a_secret_that_is_none_is_refused(
    tmp_path: Path, content: bytes, mode: int, words: str
) -> None:
    file = tmp_path / "proxy.secret"
    file.write_bytes(content)
    file.chmod(mode)
    with pytest.raises(VsmError, match=words):
        read_secret(file)


def test_a_secret_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(VsmError, match="cannot be read"):
        read_secret(tmp_path)


SECRET = ["--web-secret", "proxy.secret"]
ADDRESS = ["--web-url", "https://board.example"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--web", *ADDRESS, *SECRET, "--host", "0.0.0.0"], 2, "on this machine only"),
        (["--web", *ADDRESS, *SECRET, "--host", "board.example"], 2, "on this machine only"),
        (["--web", *ADDRESS], 2, "--web needs --web-secret"),
        (["--web", *SECRET], 2, "--web needs --web-url"),
        (["--web", *SECRET, "--web-url", "http://board.example"], 2, "not the address of a board"),
        (["--web", *ADDRESS, *SECRET, "--check"], 2, "belong to SSH"),
        (["--web", *ADDRESS, *SECRET, "--ask", "dora"], 2, "belong to SSH"),
        (ADDRESS, 2, "belong to --web"),
    ],
)
def test_calls_that_cannot_be_meant_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, said: str
) -> None:
    monkeypatch.setattr(serve_web, "LIBRARIES", ())
    monkeypatch.chdir(tmp_path)
    make_board(tmp_path / "work.db")
    result = CliRunner().invoke(cli, ["--db", "work.db", "serve", *words])
    assert result.exit_code == code and said in result.output
    assert not (tmp_path / "proxy.secret").exists()


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_web, "LIBRARIES", ("no_such_library",))
    result = CliRunner().invoke(cli, ["serve", "--web", *ADDRESS, *SECRET])
    assert result.exit_code == 3
    assert "needs no_such_library" in result.output and "pip install 'vsm[web]'" in result.output
