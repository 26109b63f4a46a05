"""Reads CSV files by columns; detects delimiter and encoding, reports faults with their line."""

from __future__ import annotations

import codecs
import csv
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper
from itertools import chain, islice

from vsm.connect.files.item_fields import shown
from vsm.connect.files.source import LINE_MAX, Source, size
from vsm.model.errors import BadInput
from vsm.model.sanitise import inert_line

ROWS_MAX = 20_000_000
"""Most rows of one file."""
COLUMNS_MAX = 10_000
"""Most columns of one file."""

_CHUNK = 8192
"""Rows that are turned into columns at a time."""
_LOOKED_AT = 50
"""Records by which the delimiter is detected."""
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
"""The delimiters that are detected, with their names."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = {
    b"PK\x03\x04": "a spreadsheet or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"%PDF": "a PDF",
}
_SAVE_AS = "save it as CSV, in UTF-8"

Columns = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter and the encoding of a table; ``None`` is detected."""

    delimiter: str | None = None
    encoding: str | None = None


class Table:
    """A CSV file: ``header``, then its rows as columns, once.

    Lines are counted from 1; rows from 0, without the header and without empty lines. Raises
    :class:`BadInput` for anything that is no such table.
    """

    def __init__(self, source: Source, dialect: Dialect) -> None:
        self._source = source
        self.file = source.name
        self.encoding = ""
        self._lines = 0
        texts = self._texts(dialect.encoding)
        first = next(texts, "")
        self._skipped, named = _separator(first)
        self.delimiter = _delimiter(dialect.delimiter) or named or self._sniffed(first)
        lines = chain.from_iterable(StringIO(t, newline="\n") for t in chain([first], texts))
        body = islice(lines, self._skipped, None)
        self._reader = csv.reader(body, delimiter=self.delimiter, strict=True)
        self._before = self._skipped
        self.rows = 0
        self._firsts: list[int] = []
        self._marks: list[tuple[int, list[int]]] = []
        self.header = self._header()
        self._width = len(self.header)

    # -- text --------------------------------------------------------------------------

    def _texts(self, encoding: str | None) -> Iterator[str]:
        """The text in pieces of whole lines."""
        decoder: codecs.IncrementalDecoder | None = None
        rest = ""
        for block in self._source.blocks():
            if decoder is None:
                self.encoding = _encoding(block, encoding, self.file)
                decoder = codecs.getincrementaldecoder(self.encoding)()
            text = rest + self._decoded(decoder, block, rest)
            whole, end, rest = text.rpartition("\n")
            if len(rest) > LINE_MAX:
                raise BadInput(
                    f"{self.file} line {self._lines + 1} has more than {size(LINE_MAX)}",
                    "that is no table that could be imported",
                )
            if end:
                yield self._checked(whole + end)
        if decoder is not None:
            rest += self._decoded(decoder, b"", rest, final=True)
        if rest:
            if "\r" in rest.rstrip("\r") and not self._lines:
                raise BadInput(f"{self.file} ends its lines with CR alone", _SAVE_AS)
            yield self._checked(rest)

    def _decoded(
        self, decoder: codecs.IncrementalDecoder, block: bytes, rest: str, final: bool = False
    ) -> str:
        try:
            return decoder.decode(block, final)
        except UnicodeDecodeError as error:
            line = self._lines + 1 + rest.count("\n") + error.object.count(b"\n", 0, error.start)
            name = self.encoding.removesuffix("-sig").upper()
            raise BadInput(
                f"{self.file} line {line} is not {name} (byte {error.object[error.start]:#04x})",
                "save it as UTF-8, or say what it is: --encoding cp1252, --encoding latin-1",
            ) from error
        except UnicodeError as error:
            raise BadInput(
                f"{self.file} after line {self._lines} is not {self.encoding}: {error}", _SAVE_AS
            ) from error

    def _checked(self, text: str) -> str:
        if "\0" in text:
            line = self._lines + 1 + text.count("\n", 0, text.index("\0"))
            raise BadInput(
                f"{self.file} line {line} has a NUL character: this is no text", _SAVE_AS
            )
        self._lines += text.count("\n")
        return text

    # -- shape -------------------------------------------------------------------------

    def _sniffed(self, text: str) -> str:
        """The delimiter with which the first records are most alike; on a tie, most columns."""
        best = (0.0, 1, "")
        for delimiter in DELIMITERS:
            rows = _split_records(text, delimiter)
            width = len(rows[0]) if rows else 0
            if width > 1:
                alike = sum(len(row) == width for row in rows) / len(rows)
                best = max(best, (alike, width, delimiter), key=lambda b: b[:2])
        if best[2]:
            return best[2]
        line = text.strip().partition("\n")[0].strip()
        if not line:
            raise BadInput(f"{self.file} is empty", "look at where it comes from")
        raise BadInput(
            f"{self.file} line 1 has no columns: {shown(inert_line(line))}",
            "it should be a header, divided by comma, semicolon, tab or pipe;"
            " name another delimiter with --delimiter",
        )

    def _header(self) -> list[str]:
        while rows := self._take(1):
            self._before = self._at
            (row,) = rows
            if any(cell.strip() for cell in row):
                if len(row) > COLUMNS_MAX:
                    raise BadInput(
                        f"{self.file} has {len(row):,} columns", f"{COLUMNS_MAX:,} are the most"
                    )
                return [" ".join(cell.split()) for cell in row]
        raise BadInput(f"{self.file} is empty", "look at where it comes from")

    # -- rows --------------------------------------------------------------------------

    @property
    def _at(self) -> int:
        """The lines read so far."""
        return self._skipped + self._reader.line_num

    def _take(self, count: int) -> list[list[str]]:
        rows: list[list[str]] = []
        try:
            rows.extend(islice(self._reader, count))
        except csv.Error as error:
            line = self._before + 1 + sum(map(_lines_of, rows))
            raise BadInput(
                f"{self.file} line {line}: {_explain(error)}",
                "mend that line; nothing was imported",
            ) from error
        return rows

    def chunks(self) -> Iterator[Columns]:
        """The columns of a few thousand rows at a time."""
        while rows := self._take(_CHUNK):
            first, self._before = self._before + 1, self._at
            lines: list[int] = []
            even = set(map(len, rows)) == {self._width} and self._at - first + 1 == len(rows)
            columns = list(zip(*rows, strict=True)) if even else []
            if not even or "" in columns[0]:
                rows, lines = self._shaped(rows, first)
                if not rows:
                    continue
                columns = list(zip(*rows, strict=True))
            self._firsts.append(self.rows)
            self._marks.append((first, lines))
            self.rows += len(rows)
            if self.rows > ROWS_MAX:
                raise BadInput(f"{self.file} has more than {ROWS_MAX:,} rows", "split it")
            yield columns

    def _shaped(self, rows: list[list[str]], line: int) -> tuple[list[list[str]], list[int]]:
        """Rows of the header's width, each with its line, without empty ones."""
        out: list[list[str]] = []
        lines: list[int] = []
        for row in rows:
            if any(row):
                cells = row[: self._width] if not any(row[self._width :]) else row
                if len(cells) == self._width - 1 and self._width > 2:
                    cells = [*cells, ""]  # some tools leave out the last cell where it is empty
                if len(cells) != self._width:
                    raise BadInput(
                        f"{self.file} line {line} has {len(row):,} columns, and the header has"
                        f" {self._width:,}",
                        "mend that line; a delimiter in a text needs quotation marks around it",
                    )
                out.append(cells)
                lines.append(line)
            line += _lines_of(row)
        return out, lines

    def whole(self) -> list[list[str]]:
        """All columns; raises :class:`BadInput` if there is no row."""
        columns: list[list[str]] = [[] for _ in self.header]
        for chunk in self.chunks():
            for column, more in zip(columns, chunk, strict=True):
                column += more
        self.some()
        return columns

    def some(self) -> None:
        """Raise :class:`BadInput` if the table, read completely, has no row."""
        if not self.rows:
            raise BadInput(f"{self.file} has a header and no rows", "look at where it comes from")

    def line(self, row: int) -> int:
        """The line on which a row begins."""
        place = bisect_right(self._firsts, row) - 1
        first, (line, lines) = self._firsts[place], self._marks[place]
        return lines[row - first] if lines else line + row - first

    def where(self, row: int, column: int | None = None) -> str:
        """The place of a row for messages: file and line, and the field of a column."""
        field = f", field {inert_line(self.header[column])}" if column is not None else ""
        return f"{self.file} line {self.line(row)}{field}"


def _split_records(text: str, delimiter: str) -> list[list[str]]:
    """The first records with this delimiter, up to the first fault."""
    rows: list[list[str]] = []
    reader = csv.reader(StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) == _LOOKED_AT:
                break
    except csv.Error:
        # The fault is reported with its line when the table is read.
        return rows or [text.partition("\n")[0].split(delimiter)]
    return rows


def _separator(text: str) -> tuple[int, str]:
    """The number of lines to skip, and the delimiter that a first line ``sep=;`` names."""
    line = text.partition("\n")[0].strip("\r ")
    if line[:4].casefold() == "sep=" and len(line) == 5:
        return 1, line[4]
    return 0, ""


def _delimiter(text: str | None) -> str:
    if text is None:
        return ""
    named = {word: char for char, word in DELIMITERS.items()} | {"\\t": "\t"}
    delimiter = named.get(text.casefold(), text)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise BadInput(
            f"{shown(text)} is no delimiter", "give one character, or comma, semicolon, tab, pipe"
        )
    return delimiter


def _encoding(block: bytes, requested: str | None, file: str) -> str:
    """The codec: as requested, by the byte order mark, else UTF-8; refuses other files."""
    marked = next((codec for mark, codec in _BOMS if block.startswith(mark)), None)
    if requested is not None:
        try:
            codec_name = codecs.lookup(requested).name
            TextIOWrapper(BytesIO(), encoding=codec_name)
        except (LookupError, UnicodeError, ValueError) as error:
            raise BadInput(
                f"there is no text encoding {shown(requested)}", "give utf-8, cp1252 or latin-1"
            ) from error
        return "utf-8-sig" if codec_name == "utf-8" else codec_name
    if marked is not None:
        return marked
    for start, what in _FOREIGN.items():
        if block.startswith(start):
            raise BadInput(f"{file} is {what}, no CSV", _SAVE_AS)
    if b"\0" in block:
        line = block.count(b"\n", 0, block.index(b"\0")) + 1
        raise BadInput(f"{file} line {line} has a NUL byte: this is no text", _SAVE_AS)
    return "utf-8"


def _lines_of(row: list[str]) -> int:
    return 1 + sum(cell.count("\n") for cell in row)


def _explain(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quotation mark is opened and never closed"
    if "field larger" in text:
        return (
            f"a field of more than {csv.field_size_limit():,} characters; is a quotation mark"
            " missing?"
        )
    if "expected after" in text:
        return "a quotation mark ends a field in its middle; one in a text is written twice"
    if "new-line" in text:
        return "there is a CR in the middle of the line"
    return text
