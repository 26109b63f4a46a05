"""Has verbs run in processes of their own, each once for all boards of an account.

A process loads what a board does not need, and keeps a processor busy for seconds. Answers are kept
in vsm's state folder with the journal's position, and while one is being worked out all others wait
for it: fifty boards of one database ask as much as one does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from vsm import __version__
from vsm.paths import state_folder

try:
    import fcntl
except ImportError:  # Windows: every board asks by itself
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from vsm.model.stream import ValueStream

SLOWLY = 10
"""How much the process steps back behind others."""
TURN = 0.3
"""Seconds between two looks at whether another board has the answer."""
KEEP = 86_400
"""Seconds after which an answer that nobody asked for again is thrown away."""
LARGEST = 10_000_000
"""Bytes of an answer that is kept, or read back."""


async def analysis(
    path: Path, stream: ValueStream, *verb: str, seen: int, fresh_for: float = 0.0
) -> dict[str, Any] | None:
    """What a verb prints about a stream, as of the position ``seen`` of the journal.

    An answer of another position does as well while it is younger than ``fresh_for`` seconds.
    ``None``: no answer.
    """
    folder = state_folder()
    if folder is None or fcntl is None:
        return await _run(path, stream, *verb)
    database = sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]
    folder = folder / "analyses" / database
    words = json.dumps([__version__, stream.name, *verb]).encode("utf-8", "surrogateescape")
    kept = folder / f"{sha256(words).hexdigest()[:32]}.json"
    async with _turn(folder) as alone:
        if alone:
            answer = _read(kept, seen, fresh_for)
            if answer is None:
                answer = await _run(path, stream, *verb)
                if answer is not None:
                    _keep(kept, seen, answer)
            return answer
    return await _run(path, stream, *verb)


@asynccontextmanager
async def _turn(folder: Path) -> AsyncIterator[bool]:
    """Wait until no other board has anything worked out; ``False`` where that cannot be known."""
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = stack.enter_context(open(folder / "lock", "ab"))
        except OSError:
            handle = None
        yield handle is not None and await _locked(handle)


async def _locked(handle: IO[bytes]) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            await asyncio.sleep(TURN)
        except OSError:  # a file system without locks
            return False


def _read(kept: Path, seen: int, fresh_for: float) -> dict[str, Any] | None:
    try:
        if kept.stat().st_size > LARGEST:
            return None
        entry = json.loads(kept.read_bytes())
        age = time.time() - entry["at"]
        is_of_today = entry["day"] == date.today().isoformat()
        if is_of_today and (entry["seen"] == seen or 0 <= age < fresh_for):
            answer: dict[str, Any] = entry["answer"]
            return answer
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _keep(kept: Path, seen: int, answer: dict[str, Any]) -> None:
    """Keep an answer; a folder that cannot be written keeps none."""
    now = time.time()
    entry = {"seen": seen, "at": now, "day": date.today().isoformat(), "answer": answer}
    data = json.dumps(entry).encode()
    if len(data) > LARGEST:
        return
    with suppress(OSError):
        for old in kept.parent.glob("*.json"):
            if now - old.stat().st_mtime > KEEP:
                old.unlink()
        number, temporary = tempfile.mkstemp(dir=kept.parent, prefix=".answer-")
        with open(number, "wb") as file:
            file.write(data)
        os.replace(temporary, kept)


async def _run(path: Path, stream: ValueStream, *verb: str) -> dict[str, Any] | None:
    """Run a verb in a process of its own."""
    # -P: what lies in the folder that somebody stands in is none of our modules.
    command = [sys.executable, "-P", "-m", "vsm", "--db", str(path), *verb, "--json"]
    process = await asyncio.create_subprocess_exec(
        *command,
        "--stream",
        stream.name,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        with suppress(OSError):  # it may be over already
            os.setpriority(os.PRIO_PROCESS, process.pid, SLOWLY)
        out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        return None
    report: dict[str, Any] = json.loads(out)
    return report
