"""The description in the person's own editor, while the board steps aside."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.app import SuspendNotSupported

from vsm.drafts import DialogDraft, Draft
from vsm.last_place import Place, state_name
from vsm.model.command import EditItem
from vsm.model.errors import Refusal, RefusalCode, VsmError
from vsm.model.merge_text import MINE, markers_in, merge_text
from vsm.model.sanitise import inert
from vsm.paths import data_folder
from vsm.screens.dialogs import ConfirmDialog
from vsm.widgets.date_text import clock

if TYPE_CHECKING:
    from vsm.model.item import Item
    from vsm.screens.board.parts import BoardParts
    from vsm.session import ChangeGroup

FALLBACKS = ("vi", "nano")
"""Editors to use where none is named."""
MOST = 1_000_000
"""Most bytes that are read back; a description holds far fewer."""

RESOLVE = f"edit it again and keep what is right, without the lines from {MINE} on"
"""What to do where a text has both versions in it."""


class Trouble(Exception):
    """Something is in the way: what, and what to do; ``keep`` where there is a text to keep.

    ``version`` is that of the item which the text was made on, where it is not the one that was
    edited at first.
    """

    def __init__(self, message: str, remedy: str, *, keep: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.keep = keep
        self.version = 0


def editor(environment: Mapping[str, str]) -> list[str]:
    """The words of ``$VISUAL`` or ``$EDITOR``, else an editor that is there.

    One that is named but not there is passed over. Raises :class:`Trouble` where there is none.
    """
    path = environment.get("PATH")
    missing = ""
    for name in ("VISUAL", "EDITOR"):
        command = environment.get(name, "").strip()
        if command:
            try:
                words = shlex.split(command)
            except ValueError as error:
                raise Trouble(f"${name} cannot be read: {error}", "mend its quotes") from None
            if words and shutil.which(words[0], path=path):
                return words
            missing = missing or f"${name} names {command}, which is not there, and "
    for command in FALLBACKS:
        if shutil.which(command, path=path):
            return [command]
    nor = f"{missing}neither {' nor '.join(FALLBACKS)} is installed"
    raise Trouble(
        nor[0].upper() + nor[1:],
        "set an editor before vsm: export EDITOR=PROGRAM; or edit it in the form",
    )


def _safe(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", key)[:60]


def written(key: str, text: str) -> Path:
    """A file of one's own that holds the text; its name begins with the key.

    The last line ends as editors expect it; :func:`read_back` takes that away again.
    """
    if text and not text.endswith("\n"):
        text += "\n"
    handle, name = tempfile.mkstemp(prefix=f"vsm-{_safe(key)}-", suffix=".md")
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode("utf-8", "replace"))
    return Path(name)


def read_back(path: Path, before: str) -> str:
    """What the editor has left. Raises :class:`Trouble` where that is no text."""
    raw = _read_regular(path)
    if len(raw) > MOST:
        raise Trouble(f"The text is longer than {MOST} bytes", "make it shorter", keep=True)
    try:
        text = raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        where = f"The text is not UTF-8 (byte {error.start + 1})"
        raise Trouble(where, "save it as UTF-8", keep=True) from None
    if "\0" in text:
        raise Trouble("The text has NUL characters in it", "save it as plain text", keep=True)
    # Editors end a file with a line break that nobody typed.
    return text[:-1] if text.endswith("\n") and not before.endswith("\n") else text


def _read_regular(path: Path) -> bytes:
    """At most one byte more than :data:`MOST` of a file that must still be a plain one.

    An editor can leave anything in its place: a link may lead to a file of somebody else, and
    opening a pipe that nobody writes to would wait for ever.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Trouble(
                f"The editor left no plain file at {path}: nothing was changed",
                "look at what is there",
            )
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise Trouble("The editor removed its file: nothing was changed", "") from None
    except OSError as error:
        raise Trouble(
            f"{path} cannot be read: {error.strerror or error}", "nothing was changed"
        ) from None
    with open(handle, "rb") as file:
        return file.read(MOST + 1)


def _remove(path: Path) -> None:
    """Take the file away; what an editor put in its place stays where that is not a plain file."""
    try:
        if stat.S_ISREG(path.lstat().st_mode):
            path.unlink()
    except OSError:
        # It is gone already, or stays in the temporary folder: nothing depends on it.
        return


def kept(path: Path, owner: str, version: int) -> Path:
    """Move the file to where it stays, below the data folder; gives its new place.

    Its name says whose text it is (``owner``), and which version of the item it was made on.
    """
    try:
        folder = data_folder() / "unsaved"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        start, _, end = path.name.rpartition("-")
        new = folder / f"{start}-{owner}-{version}-{end}"
        try:
            os.link(path, new)
        except OSError:
            _copy(path, new)
    except (OSError, VsmError, Trouble):
        # No room there, or no home folder: it stays where it is.
        return path
    _remove(path)
    return new


def _copy(path: Path, new: Path) -> None:
    """Copy a file to another file system."""
    data = _read_regular(path)
    if len(data) > MOST:
        raise Trouble("The text is too long to be copied", "")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


class KeptText(NamedTuple):
    """A text that was not saved, its file, and the version of the item that it was made on."""

    path: Path
    version: int
    text: str


def _kept_text(key: str, owner: str) -> KeptText | None:
    """The latest text that was kept for an item; one that cannot be read counts as none."""
    try:
        folder = data_folder() / "unsaved"
        paths = list(folder.glob(f"vsm-{_safe(key)}-{owner}-*-*.md"))
        path = max(paths, key=lambda path: path.lstat().st_mtime_ns)
        return KeptText(path, int(path.stem.split("-")[-2]), read_back(path, ""))
    except (OSError, ValueError, VsmError, Trouble):
        return None


async def _go_on_with(board: BoardParts, item: Item, kept_text: KeptText) -> bool:
    """Ask whether to edit the text that was kept."""
    when = clock(kept_text.path.lstat().st_mtime_ns // 1000, board.stream.zone, board.host.now())
    question = ConfirmDialog(
        f"Unsaved text of {when} for {item.key}",
        kept_text.text,
        "{answer_yes} or {confirm}: edit this text · {cancel}: edit the description as it is",
    )
    yes = await board.screen.app.push_screen_wait(question)
    return bool(yes)


async def edit_outside(board: BoardParts) -> None:
    """Edit the description of the item under the cursor in ``$VISUAL`` or ``$EDITOR``.

    Where a text was kept that could not be saved, that is edited.
    """
    board.screen.notice.hide()
    brief = board.selection.item_here()
    item = board.reader.item(brief.id) if brief is not None else None
    if brief is None or item is None:
        board.writer.say_no_item()
        return
    if board.host.changes_refused is not None:
        board.screen.say(board.host.changes_refused.sentences, "warn")
        return
    owner = state_name(board.host.path, board.host.actor)[:8]
    before = _kept_text(item.key, owner)
    if before is not None:
        if await _go_on_with(board, item, before):
            seen = board.reader.description_at(item.id, before.version)
            item = replace(item, version=before.version, description=seen)
        else:
            before = None
    begin = item.description if before is None else before.text
    try:
        words = editor(board.host.machine.environment)
        path = written(brief.key, begin)
    except Trouble as error:
        board.screen.notice.show(error.message, error.remedy)
        return
    except OSError as error:
        board.screen.notice.show(f"No file to edit could be made: {error.strerror}", "see $TMPDIR")
        return
    try:
        await _edit(board, words, path, item, before)
    except Trouble as error:
        remedy = error.remedy
        if error.keep:
            path = kept(path, owner, error.version or item.version)
            if before is not None:
                _remove(before.path)
            remedy = f"{remedy}. Your text is in {path}".removeprefix(". ")
        board.screen.notice.show(error.message, remedy)
        if error.keep:
            return
    _remove(path)


async def _edit(
    board: BoardParts, words: list[str], path: Path, item: Item, before: KeptText | None
) -> None:
    """Edit the description, or the text that was kept of it, and write what the editor leaves."""
    begin = item.description if before is None else before.text
    try:
        text = _edited(board, words, path, begin)
    finally:
        _keep_for_later(board, item, path)
    if text == begin or board.host.is_leaving:
        which = "The description" if before is None else "Your unsaved text"
        board.screen.say(f"{which} of {item.key} is as it was")
        return
    if before is not None and markers_in(text):
        raise Trouble(f"{item.key}: both versions stand in the text still", RESOLVE, keep=True)
    await _save(board, words, path, item, text)
    if before is not None:
        _remove(before.path)


def _keep_for_later(board: BoardParts, item: Item, path: Path) -> None:
    """Keep what the editor left for the next session, where the terminal has gone with it."""
    if not board.host.is_leaving or board.host.drafts is None:
        return
    try:
        text = read_back(path, item.description)
    except Trouble:
        return
    if text != item.description:
        place = Place(board.stream.id, board.screen.query_text.strip(), item.id)
        before = {"description": inert(item.description)}
        typed = DialogDraft(
            f"Edit {item.key}",
            {"description": text},
            before,
            "edit_item",
            ((item.id, item.version),),
        )
        board.host.drafts.keep_now(Draft(board.host.now(), place, (typed,)))


async def _save(board: BoardParts, words: list[str], path: Path, item: Item, text: str) -> None:
    """Write the description; what others made of it meanwhile is merged by line.

    Where both changed the same lines the editor opens again with both versions.
    """
    others = ""
    while True:
        result = await _write(board, EditItem(item.id, {"description": text}, item.version))
        if not isinstance(result, Refusal):
            if others:
                saved = f"{board.host.glyphs.done} Saved {item.key}"
                board.screen.say(f"{saved}, merged with the description of {others}")
            return
        now = board.reader.item(item.id)
        if result.code is not RefusalCode.STALE or result.overtaken is None or now is None:
            raise Trouble(result.message, result.remedy, keep=True)
        actor, _, at = result.overtaken.changes[-1]
        others = f"{actor} {clock(at, board.stream.zone, board.host.now())}"
        merge = merge_text(item.description, text, now.description, others)
        text = merge.text
        if merge.conflicts:
            try:
                path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
            except OSError as error:
                raise Trouble(
                    f"{path} cannot be written: {error.strerror}", "", keep=True
                ) from None
            try:
                text = _edited(board, words, path, text)
            except Trouble as error:
                error.version = now.version
                raise
        item = now
        if markers_in(text):
            both = f"{item.key}: {others} changed the same lines, and both versions stand there"
            trouble = Trouble(both, RESOLVE, keep=True)
            trouble.version = item.version
            raise trouble


async def _write(board: BoardParts, change: EditItem) -> ChangeGroup | Refusal | None:
    try:
        return await board.writer.write(lambda: change, tell=False)
    except VsmError as error:
        raise Trouble(error.message, error.remedy, keep=True) from error


def _was_saved(path: Path, before: str) -> bool:
    """Whether an editor that did not end as it should had saved another text."""
    try:
        return read_back(path, before) != before
    except Trouble:
        return False


def _edited(board: BoardParts, words: list[str], path: Path, before: str) -> str:
    """Run the editor; gives what it has left."""
    try:
        with board.screen.app.suspend():
            code = subprocess.run([*words, str(path)], check=False).returncode
    except SuspendNotSupported:
        raise Trouble(
            "This terminal cannot be given to an editor", "edit the description in the form"
        ) from None
    except OSError as error:
        raise Trouble(
            f"{words[0]} could not be started: {error.strerror}", "see $VISUAL and $EDITOR"
        ) from None
    if code < 0:
        signalled = f"{words[0]} was ended by signal {-code}: nothing was changed"
        raise Trouble(signalled, "", keep=_was_saved(path, before))
    if code != 0:
        raise Trouble(f"{words[0]} ended with {code}: nothing was changed", "")
    return read_back(path, before)
