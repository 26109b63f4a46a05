"""Puts the files of one import together: names the files, reads each, unites what they say."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vsm.connect.files.detect import format_of
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.registry import READABLE, Format, find
from vsm.model.errors import BadInput
from vsm.model.history import Entry, ItemHistory, Progress, Skipped
from vsm.model.sanitise import inert_line

_LOGS = frozenset(("csv", "xes"))
"""Formats of event logs, whose cases may go on from one file to the next."""


def name_of_files(names: Sequence[str]) -> str:
    """One name for the files of an import."""
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"


def hash_of_files(hashes: Sequence[str]) -> str:
    """The hash of a file, or one over the hashes of several."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def progress_of_all(paths: Sequence[Path], progress: Progress | None) -> Progress | None:
    """Progress over several files, each of which counts from 0 on its own."""
    if progress is None or len(paths) == 1:
        return progress
    total = sum(path.stat().st_size for path in paths if path.is_file())
    passed = last = 0

    def advance(done: int, _: int) -> None:
        nonlocal passed, last
        if done < last:
            passed += last
        last = done
        progress(passed + done, max(total, passed + done))

    return advance


def read_files(
    known: Format, paths: Sequence[Path], read: Callable[[Path], ParsedFile]
) -> ParsedFile:
    """Read files of a format that has no way of its own to read several."""
    parsed = [read(path) for path in paths]
    return parsed[0] if len(parsed) == 1 else _united(parsed, known.name in _LOGS)


def _united(parsed: Sequence[ParsedFile], logs: bool) -> ParsedFile:
    histories: dict[str, ItemHistory] = {}
    repeated: list[Skipped] = []
    for one in parsed:
        for history in one.histories:
            earlier = histories.get(history.source_key)
            if earlier is None:
                histories[history.source_key] = history
            elif logs:
                histories[history.source_key] = _joined(earlier, history)
            else:
                histories[history.source_key] = history
                why = f"{history.key} is in a later file again: that one counts"
                repeated.append(Skipped(earlier.where, why))
    counts: Counter[str] = Counter()
    read_as: dict[str, list[str]] = {}
    for one in parsed:
        counts.update(one.counts)
        for what, how in one.read_as.items():
            if how not in read_as.setdefault(what, []):
                read_as[what].append(how)
    order: list[str] = []
    for one in parsed:
        place = 0
        for status in one.order:
            if status not in order:
                order.insert(place, status)
            place = order.index(status) + 1
    renamed: dict[str, tuple[str, ...]] = {}
    for one in parsed:
        renamed |= one.renamed_from
    return ParsedFile(
        file=name_of_files([one.file for one in parsed]),
        sha256=hash_of_files([one.sha256 for one in parsed]),
        histories=list(histories.values()),
        hints={name: hint for one in parsed for name, hint in one.hints.items()},
        renamed_from=renamed,
        skipped=(*(s for one in parsed for s in one.skipped), *repeated),
        notes=tuple(n for one in parsed for n in one.notes),
        counts=counts,
        read_as={what: " / ".join(ways) for what, ways in read_as.items()},
        roles={name: role for one in parsed for name, role in one.roles.items()},
        order=tuple(order),
        files=tuple(one.file for one in parsed),
        warnings=tuple(w for one in parsed for w in one.warnings),
        undelivered={key: n for one in parsed for key, n in one.undelivered.items()},
    )


def _joined(one: ItemHistory, other: ItemHistory) -> ItemHistory:
    """The history of a case whose events are in two files; the later one has its fields."""
    first, last = sorted((one, other), key=lambda history: history.entries[-1].at)
    entries: dict[tuple[int, str], Entry] = {}
    for entry in sorted((*one.entries, *other.entries), key=lambda entry: entry.at):
        entries.setdefault((entry.at, entry.status), entry)
    fields: Mapping[str, object] = {
        name: getattr(first, name)
        for name in ("description", "owner", "team", "estimate", "due", "labels", "parent")
        if not getattr(last, name)
    }
    return replace(last, entries=tuple(entries.values()), **fields)  # type: ignore[arg-type]


def list_files(paths: Sequence[Path]) -> tuple[tuple[Path, ...], frozenset[Path]]:
    """The files of these paths, a folder's in the order of their names, and those of folders.

    Raises :class:`BadInput` for an empty folder, or a file that is named twice.
    """
    files: list[Path] = []
    of_folders: set[Path] = set()
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        if not inside:
            raise BadInput(f"the folder {path} has no files", "name a file, or another folder")
        files += inside
        of_folders |= set(inside)
    if len(set(files)) < len(files):
        twice = next(path for path in files if files.count(path) > 1)
        raise BadInput(f"{twice} is given twice", "name each file once")
    return tuple(files), frozenset(of_folders)


def sort_out(
    paths: Sequence[Path], format: str | None = None
) -> tuple[str, tuple[Path, ...], tuple[Skipped, ...]]:
    """The format of these files, the files of it, and what folders have besides.

    Files that are named have to be of one format: of ``format``, if it is given. Raises
    :class:`BadInput`.
    """
    files, of_folders = list_files(paths)
    if format is not None and not of_folders:
        return format, files, ()
    kinds: dict[Path, str] = {}
    left_out: list[Skipped] = []
    for file in files:
        if format is not None and file not in of_folders:
            kinds[file] = format
            continue
        try:
            kinds[file] = format_of(file)
        except BadInput as bad:
            if file not in of_folders:
                raise
            name = inert_line(file.name)
            left_out.append(Skipped(name, bad.message.removeprefix(name).lstrip(": ")))
    wrong = format is not None and [file for file in kinds if kinds[file] != format]
    for file in wrong or ():
        left_out.append(Skipped(inert_line(file.name), f"is {find(kinds.pop(file)).files}"))
    if not kinds:
        raise BadInput(
            f"{inert_line(str(paths[0]))} has no file that vsm can import", f"vsm reads {READABLE}"
        )
    if len(set(kinds.values())) > 1:
        one = next(iter(kinds))
        other = next(file for file in kinds if kinds[file] != kinds[one])
        raise BadInput(
            f"{inert_line(one.name)} is {find(kinds[one]).files},"
            f" {inert_line(other.name)} is {find(kinds[other]).files}",
            "import files of different formats one format at a time",
        )
    return kinds[next(iter(kinds))], tuple(kinds), tuple(left_out)
