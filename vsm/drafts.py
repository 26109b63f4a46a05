"""Keeps what was typed into dialogs and not saved, for when the terminal or the process is lost.

One private file a session, beside vsm's other state. A session holds a lock as long as it lives:
what a session left that has ended is taken over by the next one of the same person on the same
database. The files are a convenience: one that is broken, of somebody else or too long counts as
none, and one that cannot be written changes nothing else.
"""

from __future__ import annotations

import fcntl
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from vsm.last_place import Place, read_place, state_name
from vsm.paths import state_folder

MOST = 1_000_000
"""Bytes of a file at most; an item holds far fewer."""
RESTED = 10.0
"""Seconds without a key after which another session that is open may have lost its connection."""
SEATS = 50
"""Sessions of one person on one database that keep drafts at the same time."""


class DialogDraft(NamedTuple):
    """The text of one dialog: its title, what opens it again, and its fields by name.

    ``action`` is empty where nothing opens it with the same items; ``items`` are ids with the
    versions that were seen. ``first`` is what the fields held before anything was typed,
    ``field`` the one that was typed in last. ``labels`` are how the fields are called there.
    """

    title: str
    texts: dict[str, str]
    first: dict[str, str]
    action: str = ""
    items: tuple[tuple[int, int], ...] = ()
    stage: int | None = None
    field: str = ""
    labels: tuple[tuple[str, str], ...] = ()


class Draft(NamedTuple):
    """The dialogs that were open, the lowest first, where, and when (UTC microseconds)."""

    at: int
    place: Place
    dialogs: tuple[DialogDraft, ...]


class Left(NamedTuple):
    """What the last session of a person left: the text that was typed, and the place."""

    drafts: Drafts
    draft: Draft | None
    place: Place | None
    elsewhere: Draft | None
    """Text of a session that is open still: perhaps its connection is lost and nobody noticed."""


def what_was_left(database: Path, actor: str, *, take_over: bool = True) -> Left:
    """Where to keep texts from now on, and (``take_over``) what to begin with."""
    drafts = Drafts(database, actor)
    draft = drafts.take_over() if take_over else None
    if draft is not None:
        return Left(drafts, draft, draft.place, None)
    elsewhere = drafts.elsewhere_open() if take_over else None
    drafts.looks_again = take_over and elsewhere is None and drafts.elsewhere_typing()
    return Left(drafts, None, read_place(database, actor), elsewhere)


class Drafts:
    """The file of one session, for a person (``actor``) on a database."""

    def __init__(self, database: Path, actor: str) -> None:
        folder = state_folder()
        self._folder = None if folder is None else folder / "drafts"
        self._name = state_name(database, actor)
        self._actor = actor
        self.looks_again = False
        """Whether another session was typed in just now, so that it is too early to ask."""
        self._path: Path | None = None
        self._seat = -1
        """The lock of the session; held until the process ends."""
        self._next: bytes | None = None
        self._writing = threading.Lock()

    def take_over(self) -> Draft | None:
        """The draft of a session that has ended, which is this session's own from now on."""
        for path in self._left():
            if self._sit(path):
                draft = _read(path)
                if draft is not None:
                    return draft
                self._stand_up()
        return None

    def elsewhere_open(self) -> Draft | None:
        """The latest draft of a session that is open, in which nothing was typed for a while."""
        rested = [path for path in self._left() if path != self._path and _has_rested(path)]
        drafts = [draft for path in rested if (draft := _read(path)) is not None]
        return max(drafts, key=lambda draft: draft.at, default=None)

    def elsewhere_typing(self) -> bool:
        """Whether another session is open that was typed in just now."""
        return any(not _has_rested(path) for path in self._left() if path != self._path)

    def _left(self) -> list[Path]:
        try:
            return [] if self._folder is None else sorted(self._folder.glob(f"{self._name}-*.json"))
        except OSError:
            return []

    def keep(self, draft: Draft) -> None:
        """Write the draft in a thread of its own: a slow disk holds no key up."""
        self._next = _encoded(draft)
        threading.Thread(target=self._write, name="vsm-draft", daemon=True).start()

    def keep_now(self, draft: Draft) -> None:
        """Write the draft, and wait for it."""
        self._next = _encoded(draft)
        self._write()

    def drop(self) -> None:
        """The text was saved, or is not wanted any more."""
        with self._writing:
            self._next = None
            if self._path is not None:
                with suppress(OSError):
                    self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        with self._writing:
            data, self._next = self._next, None
            if data is None or len(data) > MOST or not self._has_seat():
                return
            with suppress(OSError):
                _replace(self._path, data)

    def elsewhere(self, database: Path) -> Drafts:
        """The file of the same person on another database; this one is let go."""
        self.release()
        return Drafts(database, self._actor)

    def release(self) -> None:
        """Let another session take over what was kept, as the end of the process does."""
        with self._writing:
            if self._path is not None:
                self._stand_up()

    # -- the seat -----------------------------------------------------------------------

    def _has_seat(self) -> bool:
        return self._path is not None or any(self._sit(path) for path in self._seats())

    def _seats(self) -> Iterator[Path]:
        """The files of sessions that might be free, but none in which a draft waits."""
        if self._folder is not None:
            paths = (self._folder / f"{self._name}-{n}.json" for n in range(SEATS))
            yield from (path for path in paths if not path.exists())

    def _sit(self, path: Path) -> bool:
        """Take the lock of a file, unless a session holds it that is alive."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            seat = os.open(path.with_suffix(".lock"), flags, 0o600)
        except OSError:
            return False
        try:
            fcntl.flock(seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(seat)
            return False
        self._seat, self._path = seat, path
        return True

    def _stand_up(self) -> None:
        os.close(self._seat)
        self._seat, self._path = -1, None


def _has_rested(path: Path) -> bool:
    try:
        return abs(time.time() - path.lstat().st_mtime) >= RESTED
    except OSError:
        return False


def _replace(path: Path | None, data: bytes) -> None:
    """Put the data in the place of the file, whole or not at all."""
    import tempfile

    if path is None:
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _encoded(draft: Draft) -> bytes:
    import json

    whole = {
        "at": draft.at,
        "place": draft.place._asdict(),
        "dialogs": [dialog._asdict() for dialog in draft.dialogs],
    }
    return json.dumps(whole, ensure_ascii=True).encode()


def _read(path: Path) -> Draft | None:
    """The draft in a file; ``None`` where it is none of this user's own, or broken."""
    import json

    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
                return None
            data = file.read(MOST + 1)
        return None if len(data) > MOST else _decoded(json.loads(data))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _decoded(whole: dict[str, Any]) -> Draft:
    place = whole["place"]
    item = place["item"]
    return Draft(
        int(whole["at"]),
        Place(
            int(place["stream"]),
            _line(place["query"]),
            None if item is None else int(item),
            _line(place["screen"]),
        ),
        tuple(_dialog(dialog) for dialog in whole["dialogs"]),
    )


def _dialog(fields: dict[str, Any]) -> DialogDraft:
    stage = fields["stage"]
    return DialogDraft(
        _line(fields["title"]),
        {_line(name): _text(text) for name, text in fields["texts"].items()},
        {_line(name): _text(text) for name, text in fields["first"].items()},
        _line(fields["action"]),
        tuple((int(item), int(version)) for item, version in fields["items"]),
        None if stage is None else int(stage),
        _line(fields.get("field", "")),
        tuple((_line(name), _line(label)) for name, label in fields.get("labels", ())),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _line(value: Any) -> str:
    return " ".join(_text(value).splitlines())
