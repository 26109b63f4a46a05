"""Promise 18: an export that is killed leaves the old file whole, or none where none was."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.support import ROOT, environment, vsm

pytestmark = pytest.mark.promise(18)

KILLED = """
import os, signal, sys
at = int(sys.argv.pop(1))
target, steps, opened = sys.argv[-1], 0, False
def die(event, arguments):
    global steps, opened
    if event == "open" and ".part" in str(arguments[0]):
        opened = True
    if opened and event in ("open", "os.chmod", "os.rename", "os.remove"):
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(die)
from vsm.cli.main import main
main()
"""


@pytest.mark.parametrize("kind", ["snapshot", "journal", "csv"])
def test_an_export_that_is_killed_leaves_what_was_there(
    db: Path, tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    target = folder / "export"
    killed = 0
    for at in range(1, 12):
        target.write_text("the old file")
        words = [str(at), "--db", str(db), "export", kind, "-o", str(target)]
        run = subprocess.run(
            [sys.executable, "-c", KILLED, *words],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            check=False,
        )
        if run.returncode == 0:
            break
        assert run.returncode == -signal.SIGKILL, run.stderr
        assert target.read_text() == "the old file"
        killed += 1
    else:
        pytest.fail("the export never came to its end")
    assert killed >= 2 and "PAY-1" in target.read_text()
    target.unlink()
    vsm("--db", db, "export", kind, "-o", target)
    assert "PAY-1" in target.read_text()
