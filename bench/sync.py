"""Time and memory of reading many issues from a fake Jira, beside the same import from a file.

Run it with ``python -m bench.sync [ISSUES]``. The time of the processor is compared: waiting
for the service is no work of ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.sync.fake import TOKEN, FakeJira, Record, jira_issue

ISSUES = 100_000
RATIO = 1.3
"""Most that a run may cost, as a multiple of the import from a file."""


class Cost(NamedTuple):
    """Seconds of the processor, and the largest memory in MiB."""

    seconds: float
    memory: float


class ManyIssues(FakeJira):
    """A fake that sorts its issues once."""

    def __init__(self, count: int) -> None:
        moves = ((2, "Doing"), (5, "Review"), (6, "Doing"), (9, "Done"))
        super().__init__([jira_issue(n, *moves) for n in range(1, count + 1)])
        self.page = 1000
        self._sorted = list(self.issues.values())

    def _matching(self, jql: str) -> list[Record]:
        return self._sorted


def cost(environment: dict[str, str], *args: str) -> Cost:
    """The cost of one call of the program."""
    child = subprocess.Popen(
        [sys.executable, "-m", "vsm", *args], env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"vsm {' '.join(args)} ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@contextmanager
def serving(count: int) -> Iterator[str]:
    """The address of a fake in a process of its own: a child's memory begins as its parent's."""
    args = (sys.executable, "-m", "bench.sync", "--serve", str(count))
    with subprocess.Popen(args, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield child.stdout.readline().strip()
        finally:
            child.kill()


def serve(count: int) -> None:
    """Answer until the end of standard input."""
    with ManyIssues(count).running() as fake:
        print(fake.base, flush=True)
        sys.stdin.read()


def main() -> int:
    """Print both costs; 1 where the run costs more than it may."""
    if sys.argv[1:2] == ["--serve"]:
        serve(int(sys.argv[2]))
        return 0
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ISSUES
    with tempfile.TemporaryDirectory(prefix="vsm-bench-sync-") as name:
        folder = Path(name)
        environment = {**os.environ, "XDG_CACHE_HOME": name, "JIRA_TOKEN": TOKEN}
        environment |= {"PYTHONPATH": str(Path(__file__).parents[1]), "NO_PROXY": "127.0.0.1"}
        with serving(count) as base:
            source = ("jira", base, "--jql", "project = WEB", "--stream", "Web", "--yes")
            run = cost(environment, "--db", str(folder / "run.db"), "sync", "add", *source)
            again = cost(environment, "--db", str(folder / "run.db"), "sync", "run")
        items = max(folder.rglob("items.jsonl.gz"), key=lambda path: path.stat().st_size)
        target = ("import", "jira", str(items), "--stream", "Web")
        file = cost(environment, "--db", str(folder / "file.db"), *target)
    ratio = run.seconds / file.seconds
    print(f"{count:,} issues")
    print(f"first run          {run.seconds:6.1f} s  {run.memory:6.0f} MiB")
    print(f"import from a file {file.seconds:6.1f} s  {file.memory:6.0f} MiB")
    print(f"second run         {again.seconds:6.1f} s  {again.memory:6.0f} MiB")
    print(f"ratio of time {ratio:.2f}, of memory {run.memory / file.memory:.2f}; goal {RATIO}")
    return 0 if ratio <= RATIO and run.memory <= RATIO * file.memory else 1


if __name__ == "__main__":
    raise SystemExit(main())
