"""Reads the records of a JSON file one by one, each with the line on which it begins.

The file may be JSON lines, a list of records, a single record, or a page: an object that has the
records under one name. A list may be spread over lines in any way. Documents of these kinds may
follow each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

from vsm.connect.files.source import DOCUMENT_MAX, LINE_MAX, Source, size
from vsm.model.errors import BadInput

_SPACE = re.compile(r"[ \t\n\r]*")
_DOUBTFUL = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_BOM = b"\xef\xbb\xbf"

Record = dict[str, Any]


class Page(NamedTuple):
    """A page of records: the place of its first record and their number among the ``total``.

    ``more`` is whether it says that there is a next page; ``None`` if it does not say.
    """

    start: int | None
    length: int
    total: int | None
    more: bool | None


def _page_of(about: Record, count: int) -> Page:
    def number(name: str) -> int | None:
        value = about.get(name)
        return value if type(value) is int and value >= 0 else None

    last = about.get("isLast")
    more = not last if type(last) is bool else True if about.get("nextPageToken") else None
    return Page(number("startAt"), count, number("total"), more)


class Records:
    """The records of a file under ``name`` on its pages. Iterate once.

    ``names`` are the field names on the page that is being read, if it has them; ``pages`` are
    those that were read. ``mended`` counts texts in which NUL characters or halves of surrogate
    pairs, which no database can store, were replaced by U+FFFD.
    """

    def __init__(self, source: Source, name: str, one_a_line: str) -> None:
        self._source = source
        self._name = name
        self._remedy = one_a_line
        self._decoder = json.JSONDecoder()
        self.names: dict[str, str] = {}
        self.pages: list[Page] = []
        self.mended = 0
        self._listed = 0

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
            if line.isspace():
                continue
            try:
                value = self._parse(number, line)
            except BadInput as bad:
                yield from self._another(number, line, bad)
                return
            yield from self._spread(number, value)

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

    def _another(self, number: int, line: bytes, bad: BadInput) -> Iterator[tuple[int, Record]]:
        """The rest of the file as documents that are spread over lines; else it is ``bad``."""
        rest = self._source.rest(DOCUMENT_MAX - len(line))
        if not rest or not rest.strip():
            raise bad
        try:
            yield from self._walk((line + rest).decode("utf-8"), number)
        except (ValueError, RecursionError):
            raise bad from None

    def _spread(self, number: int, value: Any) -> Iterator[tuple[int, Record]]:
        if isinstance(value, dict) and isinstance(value.get(self._name), list):
            self._take_names(value)
            self.pages.append(_page_of(value, len(value[self._name])))
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
        named = '"names"' in text and len(text) <= LINE_MAX
        while True:
            if text[at : at + 1] == "[":
                end = yield from self._list(text, at, number)
            elif text[at : at + 1] == "{":
                end = yield from self._page(text, at, number, named)
            else:
                raise json.JSONDecodeError("Expecting a list or an object", text, at)
            end = self._skip(text, end)
            if end == len(text):
                return
            number, at = number + text.count("\n", at, end), end

    def _list(self, text: str, at: int, number: int) -> Generator[tuple[int, Record], None, int]:
        """Yield the elements of the list that begins at ``at``; returns its end."""
        seen = at
        self._listed = 0
        at = self._skip(text, at + 1)
        if text[at : at + 1] == "]":
            return at + 1
        while True:
            number += text.count("\n", seen, at)
            seen = at
            value, end = self._decoder.raw_decode(text, at)
            self._listed += 1
            yield number, self._object(number, self._clean(value, text, at, end))
            at = self._skip(text, end)
            mark = text[at : at + 1]
            if mark == "]":
                return at + 1
            if mark != ",":
                raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
            at = self._skip(text, at + 1)

    def _page(
        self, text: str, at: int, number: int, named: bool
    ) -> Generator[tuple[int, Record], None, int]:
        """Yield the records of a page, or the object itself if it is a record.

        ``number`` is the line at ``at``; ``named`` says that the page may have names of fields.
        """
        begun = at
        if named:
            self._take_names(self._decoder.raw_decode(text, at)[0])
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
                at = yield from self._list(text, at, number + text.count("\n", begun, at))
            else:
                whole[name], at = self._decoder.raw_decode(text, at)
            at = self._skip(text, at)
            if text[at : at + 1] == ",":
                at = self._skip(text, at + 1)
            elif text[at : at + 1] != "}":
                raise json.JSONDecodeError("Expecting ',' or '}'", text, at)
        if page:
            self.pages.append(_page_of(whole, self._listed))
        else:
            yield number, self._clean(whole, text, begun, at)
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
