"""The documentation of serving says what is tested: its unit, its forced command, its options."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from vsm.cli.main import cli
from vsm.cli.serve import WEB_PORT
from vsm.serve.findings import Status
from vsm.serve.unit_file import check_units
from vsm.serve.web_access import SECRET

PAGE = (Path(__file__).parents[2] / "docs" / "serve.md").read_text(encoding="utf-8")


def test_the_unit_has_all_safeguards(tmp_path: Path) -> None:
    unit = re.search(r"```ini\n(.*?)```", PAGE, re.DOTALL)
    assert unit is not None
    (tmp_path / "vsm-serve.service").write_text(unit[1])
    (finding,) = check_units([tmp_path], Path("/var/lib/vsm/team.db"))
    assert finding.status is Status.OK, finding.text


def test_the_forced_command_is_the_one_that_is_tested() -> None:
    (line,) = re.findall(r'^restrict,pty,command="([^"]+)" ssh-', PAGE, re.MULTILINE)
    words = line.split()
    assert words[1:5] == ["-I", "-m", "vsm", "--db"]
    assert words[6:] == ["--served", "--as", "anna", "--role", "member"]


@pytest.mark.parametrize("verb", ["add", "list", "revoke", "import"])
def test_every_option_of_keys_that_is_named_is_there(verb: str) -> None:
    command: click.Command = cli
    for name in ("serve", "key", verb):
        assert isinstance(command, click.Group)
        found_command = command.get_command(click.Context(command), name)
        assert found_command is not None
        command = found_command
    options = {option for param in command.params for option in param.opts}
    for line in re.findall(rf"^vsm serve key {verb} .*$", PAGE, re.MULTILINE):
        assert set(re.findall(r"--[a-z-]+", line)) <= options


def test_the_proxy_of_the_example_sends_all_that_is_asked() -> None:
    example = re.search(r"```nginx\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    headers = dict(re.findall(r"proxy_set_header (\S+) (\S+);", example[1]))
    assert headers["X-Forwarded-User"] == "$remote_user"
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert "Origin" not in headers and f"127.0.0.1:{WEB_PORT};" in example[1]
    assert f'proxy_set_header {SECRET} \\"$(cat' in PAGE
    command = cli.get_command(click.Context(cli), "serve")
    assert command is not None
    options = {option for param in command.params for option in param.opts}
    assert set(re.findall(r"--web[a-z-]*", PAGE)) <= options
