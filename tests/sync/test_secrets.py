"""A token may be in three places, and is shown in none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.conftest import Program
from tests.sync.fake import TOKEN, FakeJira

ADD = ("--jql", "project = WEB", "--stream", "Web", "--yes")


def test_the_token_itself_is_refused_and_not_repeated(vsm: Program, jira: FakeJira) -> None:
    text = vsm.fails(2, "sync", "add", "jira", jira.base, *ADD, "--auth", TOKEN)
    assert "is not the token itself" in text and "env:NAME" in text


def test_a_file_is_read_where_nobody_else_may(vsm: Program, jira: FakeJira) -> None:
    file = vsm.folder / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o640)
    text = vsm.fails(3, "sync", "add", "jira", jira.base, *ADD, "--auth", f"file:{file}")
    assert "mode 0640" in text and "chmod 600" in text
    file.chmod(0o600)
    vsm.ok("sync", "add", "jira", jira.base, *ADD, "--auth", f"file:{file}")


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ("env:NO_SUCH_TOKEN", "the environment has no NO_SUCH_TOKEN"),
        ("keyring:jira", "keyring is not installed"),
        ("file:/no/such/file", "No such file"),
        ("file:/dev/null", "is no file"),
    ],
)
def test_a_token_that_is_not_there(vsm: Program, jira: FakeJira, auth: str, said: str) -> None:
    assert said in vsm.fails(3, "sync", "add", "jira", jira.base, *ADD, "--auth", auth)


def test_an_address_without_tls_or_with_a_password_is_refused(vsm: Program) -> None:
    args = ("sync", "add", "jira-dc")
    assert "has no TLS" in vsm.fails(2, *args, "http://jira.example.com", *ADD)
    text = vsm.fails(2, *args, "https://me:hunter2hunter2@jira.example.com", *ADD)
    assert "has a name or password in it" in text and "hunter2" not in text


def test_the_certificate_of_a_private_authority_has_to_be_one(vsm: Program) -> None:
    ca = vsm.folder / "ca.pem"
    ca.write_text("no certificate")
    text = vsm.fails(3, "sync", "add", "jira-dc", "https://127.0.0.1:1", *ADD, "--ca", str(ca))
    assert "ca.pem cannot be used" in text


def test_a_proxy_is_used_and_named(
    vsm: Program, jira: FakeJira, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service is behind the proxy: whatever name is asked for, it answers."""
    monkeypatch.setenv("http_proxy", jira.base.replace("http://", "http://user:passw0rd@"))
    monkeypatch.setenv("NO_PROXY", "")
    args = ("sync", "add", "jira-cloud", "http://localhost:1", *ADD)
    ran = vsm.json(*args)
    assert ran["proxy"] == jira.base.removeprefix("http://")
    assert ran["new"] == 8
    assert "passw0rd" not in Path(f"{vsm.db}.sync").read_text()
