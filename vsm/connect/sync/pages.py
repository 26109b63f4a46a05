"""Pages that follow each other by ``Link`` headers, and records on disk until they are used."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vsm.connect.sync.run_folder import encode
from vsm.connect.sync.tracker import Record, odd, rows
from vsm.connect.sync.web import Answer, Web

PAGES_MAX = 10_000
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,]*\brel="?next"?')


def linked_pages(web: Web, path: str, query: Mapping[str, Any]) -> Iterator[Answer]:
    """A page and those that follow it; raises :class:`SyncProblem` where they never end."""
    answer = web.get(path, query)
    seen: set[str] = set()
    for _ in range(PAGES_MAX):
        yield answer
        match = _NEXT.search(answer.headers.get("link", ""))
        if match is None:
            return
        if match[1] in seen:
            raise odd(f"{path} gives one page again and again")
        seen.add(match[1])
        answer = web.get_next(match[1])
    raise odd(f"{path} never ends")


def linked_rows(web: Web, path: str, query: Mapping[str, Any]) -> Iterator[Record]:
    """The records of such pages."""
    for answer in linked_pages(web, path, query):
        yield from rows(answer.data, path)


class Spool:
    """Records by id on disk, in a file that goes when the process does."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="vsm-sync-")  # noqa: SIM115
        self._places: dict[str, tuple[int, int]] = {}

    def close(self) -> None:
        """Give the file up."""
        self._file.close()

    def put(self, number: str, record: Record) -> None:
        """Keep a record; of one that comes twice, the later."""
        data = encode(record)
        self._file.seek(0, 2)
        self._places[number] = (self._file.tell(), len(data))
        self._file.write(data)

    def get(self, number: str) -> Record | None:
        """The record of an id, ``None`` for one that did not come."""
        place = self._places.get(number)
        if place is None:
            return None
        self._file.seek(place[0])
        record: Record = json.loads(self._file.read(place[1]))
        return record

    def drop(self, numbers: Iterable[str]) -> None:
        """Forget records, so that they are asked for anew."""
        for number in numbers:
            self._places.pop(number, None)
