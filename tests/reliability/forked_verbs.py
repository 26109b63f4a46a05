"""Processes of the command line that are forked from one which has imported all verbs.

A fork starts in milliseconds where a fresh interpreter imports for half a second; what follows is
the same: a process with its own environment, folder, output and exit code.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
AT_START = ("LANG", "LC_", "PYTHON")
"""Beginnings of the variables that an interpreter reads when it starts."""


def _at_start(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(AT_START)}


class Parent:
    """The process that has imported all verbs, as the tests that have it fork know it."""

    def __init__(self, env: dict[str, str]) -> None:
        self._variables, self._user = _at_start(env), os.geteuid()
        self._is_free = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.forked_verbs"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        assert self._process.stdin and self._process.stdout
        self._orders, self._answers = self._process.stdin, self._process.stdout
        atexit.register(self._close)

    def run(
        self, words: list[str], env: dict[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str] | None:
        """Run a verb; ``None`` where only a new interpreter, or another process, can do it."""
        if (_at_start(env), os.geteuid()) != (self._variables, self._user):
            return None
        if self._process.poll() is not None or not self._is_free.acquire(blocking=False):
            return None
        try:
            with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
                mask = os.umask(0)
                os.umask(mask)
                files = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (out, err)]
                self._orders.write(json.dumps([words, env, mask, *files]) + "\n")
                if not select.select([self._answers], [], [], seconds)[0]:
                    os.killpg(self._process.pid, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(words, seconds)
                code = int(self._answers.readline())
                texts = [self._read(file.fileno()) for file in (out, err)]
        finally:
            self._is_free.release()
        return subprocess.CompletedProcess(words, code, *texts)

    def _read(self, file: int) -> str:
        os.lseek(file, 0, os.SEEK_SET)
        with open(file, encoding="utf-8", closefd=False) as text:
            return text.read()

    def _close(self) -> None:
        if self._process.poll() is None:
            self._orders.close()
        self._process.wait(30)
        self._answers.close()


def _become(words: list[str], env: dict[str, str], mask: int, out: str, err: str) -> None:
    """Make this process what a start with these words, variables and files would be."""
    for number, (path, flags) in enumerate(
        [(os.devnull, os.O_RDONLY), (out, os.O_WRONLY), (err, os.O_WRONLY)]
    ):
        file = os.open(path, flags)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.umask(mask)
    sys.argv = [str(ROOT / "vsm" / "__main__.py"), *words]


def serve() -> None:
    """Fork for each order on standard input and write how it ended; returns in the forks."""
    for line in iter(sys.stdin.readline, ""):
        pid = os.fork()
        if pid == 0:
            _become(*json.loads(line))
            return
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
    raise SystemExit(0)


if __name__ == "__main__":
    from vsm.cli.main import VERBS, main

    for place, _help in VERBS.values():
        importlib.import_module(place.partition(":")[0])
    gc.freeze()
    serve()
    main()
