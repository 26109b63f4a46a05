"""Reads the records of a JSON file one by one, each with the line on which it begins.

The file may be JSON lines, a list of records, a single record, or a page: an object that has the
records under one name. A list may be spread over lines in any way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from typing import Any

from vsm.connect.files.source import DOCUMENT_MAX, LINE_MAX, Source, size
from vsm.model.errors import BadInput

_SPACE = re.compile(r"[ \t\n\r]*")
_DOUBTFUL = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_BOM = b"\xef\xbb\xbf"

Record = dict[str, Any]


class Records:
    """The records of a file under ``name`` on its pages. Iterate once.

    ``names`` are the field names on the page that is being read, if it has them. ``mended`` counts
    texts in which NUL characters or halves of surrogate pairs, which no database can store, were
    replaced by U+FFFD.
    """

    def __init__(self, source: Source, name: str, one_a_line: str) -> None:
        self._source = source
        self._name = name
        self._remedy = one_a_line
        self._decoder = json.JSONDecoder()
        self.names: dict[str, str] = {}
        self.mended = 0

    def __iter__(self) -> Iterator[tuple[int, Record]]:
        number, line = 1, self._source.line()
        if line.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise BadInput(f"{self._source.name} is in UTF-16", "save it as UTF-8")
        line = line.removeprefix(_BOM)
        while line and not line.strip():
            number, line = number + 1, self._source.line()
        first = None if Source.overlong(line) else self._whole(line)
        if first is None:
            yield from self._document(number, line)
            return
        yield from self._spread(number, first[0])
        while line := self._source.line():
            number += 1
            if Source.overlong(line):
                raise BadInput(
                    f"{self._source.name} line {number} has more than {size(LINE_MAX)}",
                    "that is no record that could be imported",
                )
            if not line.isspace():
                yield from self._spread(number, self._parse(number, line))

    # -- one record a line -----------------------------------------------------------

    def _whole(self, line: bytes) -> tuple[Any] | None:
        """The value of a line that is complete JSON; the first line of a document may be none."""
        try:
            return (self._clean(json.loads(line), line.decode("utf-8")),)
        except (ValueError, RecursionError):
            return None

    def _parse(self, number: int, line: bytes) -> Any:
        text = self._text(number, line.rstrip())
        try:
            value = self._decoder.decode(text)
        except (ValueError, RecursionError) as error:
            raise self._bad(number - 1, error) from error
        return self._clean(value, text)

    def _spread(self, number: int, value: Any) -> Iterator[tuple[int, Record]]:
        if isinstance(value, dict) and isinstance(value.get(self._name), list):
            self._take_names(value)
            value = value[self._name]
        for record in value if isinstance(value, list) else [value]:
            yield number, self._object(number, record)

    # -- one document ----------------------------------------------------------------

    def _document(self, number: int, head: bytes) -> Iterator[tuple[int, Record]]:
        rest = self._source.rest(DOCUMENT_MAX - len(head))
        if rest is None:
            raise BadInput(
                f"{self._source.name} is one document of more than {size(DOCUMENT_MAX)}",
                self._remedy,
            )
        data = head + rest
        del head, rest
        text = self._text(number, data)
        del data
        try:
            yield from self._walk(text, number)
        except (ValueError, RecursionError) as error:
            self._first_of_lines(number, text)
            raise self._bad(number - 1, error) from error

    def _first_of_lines(self, number: int, text: str) -> None:
        """Report a fault of the first line only if the second is a record, as in JSON lines."""
        first, _, others = text.partition("\n")
        second = self._whole(others.partition("\n")[0].encode("utf-8"))
        if first.strip() not in ("[", "{") and second and isinstance(second[0], dict):
            self._parse(number, first.encode("utf-8"))

    def _walk(self, text: str, number: int) -> Iterator[tuple[int, Record]]:
        at = self._skip(text, 0)
        if text[at : at + 1] == "[":
            at = yield from self._list(text, at, number)
        elif text[at : at + 1] == "{":
            at = yield from self._page(text, at, number)
        else:
            raise json.JSONDecodeError("Expecting a list or an object", text, at)
        at = self._skip(text, at)
        if at < len(text):
            raise json.JSONDecodeError("Extra data", text, at)

    def _list(self, text: str, at: int, number: int) -> Generator[tuple[int, Record], None, int]:
        """Yield the elements of the list that begins at ``at``; returns its end."""
        seen = 0
        at = self._skip(text, at + 1)
        if text[at : at + 1] == "]":
            return at + 1
        while True:
            number += text.count("\n", seen, at)
            seen = at
            value, end = self._decoder.raw_decode(text, at)
            yield number, self._object(number, self._clean(value, text, at, end))
            at = self._skip(text, end)
            mark = text[at : at + 1]
            if mark == "]":
                return at + 1
            if mark != ",":
                raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
            at = self._skip(text, at + 1)

    def _page(self, text: str, at: int, number: int) -> Generator[tuple[int, Record], None, int]:
        """Yield the records of a page, or the object itself if it is a record."""
        begun = at
        if '"names"' in text and len(text) <= LINE_MAX:
            self._take_names(json.loads(text))
        whole: Record = {}
        page = False
        at = self._skip(text, at + 1)
        while text[at : at + 1] != "}":
            if text[at : at + 1] != '"':
                raise json.JSONDecodeError("Expecting a name in quotes", text, at)
            name, at = self._decoder.raw_decode(text, at)
            at = self._skip(text, at)
            if text[at : at + 1] != ":":
                raise json.JSONDecodeError("Expecting ':'", text, at)
            at = self._skip(text, at + 1)
            if name == self._name and text[at : at + 1] == "[":
                page = True
                at = yield from self._list(text, at, number)
            else:
                whole[name], at = self._decoder.raw_decode(text, at)
            at = self._skip(text, at)
            if text[at : at + 1] == ",":
                at = self._skip(text, at + 1)
            elif text[at : at + 1] != "}":
                raise json.JSONDecodeError("Expecting ',' or '}'", text, at)
        if not page:
            yield number + text.count("\n", 0, begun), self._clean(whole, text)
        return at + 1

    @staticmethod
    def _skip(text: str, at: int) -> int:
        space = _SPACE.match(text, at)
        return space.end() if space else at

    # -- what both do ----------------------------------------------------------------

    def _take_names(self, page: Any) -> None:
        names = page.get("names") if isinstance(page, dict) else None
        if isinstance(names, dict):
            self.names = {str(k): v for k, v in names.items() if isinstance(v, str)}

    def _object(self, number: int, value: Any) -> Record:
        if isinstance(value, dict):
            return value
        raise BadInput(
            f"{self._source.name} line {number}: a record should be an object,"
            f" this is {json.dumps(value)[:40]}",
            self._remedy,
        )

    def _text(self, number: int, data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = number + data.count(b"\n", 0, error.start)
            raise BadInput(
                f"{self._source.name} line {line} is not UTF-8 (byte {data[error.start]:#04x})",
                "save the file as UTF-8",
            ) from error

    def _bad(self, before: int, error: Exception) -> BadInput:
        """The message for JSON that cannot be read; ``before`` lines came before the text."""
        if isinstance(error, json.JSONDecodeError):
            where = f"line {before + error.lineno}, column {error.colno}"
            return BadInput(
                f"{self._source.name} {where}: this is not valid JSON ({error.msg})",
                "nothing was imported: export the file again",
            )
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        return BadInput(
            f"{self._source.name} after line {before}: the JSON cannot be read ({what})",
            "nothing was imported",
        )

    def _clean(self, value: Any, text: str, start: int = 0, end: int | None = None) -> Any:
        """The value without what cannot be stored; a search of its text avoids most of the work."""
        if _DOUBTFUL.search(text, start, len(text) if end is None else end):
            return self._mend(value)
        return value

    def _mend(self, value: Any) -> Any:
        if isinstance(value, str):
            if _UNFIT.search(value):
                self.mended += 1
                return _UNFIT.sub("\ufffd", value)
            return value
        if isinstance(value, list):
            return [self._mend(v) for v in value]
        if isinstance(value, dict):
            return {k: self._mend(v) for k, v in value.items()}
        return value
