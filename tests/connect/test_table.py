"""CSV as it comes: delimiters, encodings, quotation marks; every fault with its line."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.connect.files import source as source_module
from vsm.connect.files import table as table_module
from vsm.connect.files.source import Source
from vsm.connect.files.table import Dialect, Table
from vsm.model.errors import BadInput

Read = Callable[..., "tuple[Table, list[list[str]]]"]


def read_bytes(
    path: Path, data: bytes, delimiter: str | None = None, encoding: str | None = None
) -> tuple[Table, list[list[str]]]:
    path.write_bytes(data)
    with Source(path) as source:
        table = Table(source, Dialect(delimiter, encoding))
        return table, table.whole()


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a table and read it: the table and its columns."""

    def call(data: bytes | str, **dialect: str) -> tuple[Table, list[list[str]]]:
        raw = data.encode() if isinstance(data, str) else data
        return read_bytes(tmp_path / "t.csv", raw, **dialect)

    return call


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_rows_alike(read: Read, delimiter: str) -> None:
    rows = ["id{}when", '"1, a; b"{}2024-01-01', '"x|y\tz"{}"1,5"']
    table, columns = read("\n".join(row.format(delimiter) for row in rows))
    assert (table.delimiter, columns[1]) == (delimiter, ["2024-01-01", "1,5"])


def test_a_delimiter_can_be_said_or_stand_in_the_first_line(read: Read) -> None:
    assert read("a:b\n1:2\n", delimiter=":")[1] == [["1"], ["2"]]
    assert read("a\tb,c\n1\t2,3\n", delimiter="tab")[1] == [["1"], ["2,3"]]
    table, columns = read("sep=;\r\na;b\r\n1,5;2\r\n")
    assert columns == [["1,5"], ["2"]] and table.line(0) == 3
    with pytest.raises(BadInput, match="is no delimiter"):
        read("a,b\n1,2\n", delimiter="xx")


@pytest.mark.parametrize(
    ("encoding", "said", "codec"),
    [
        ("utf-8", None, "utf-8"),
        ("utf-8-sig", None, "utf-8-sig"),
        ("utf-8-sig", "utf8", "utf-8-sig"),
        ("utf-16", None, "utf-16"),
        ("utf-32", None, "utf-32"),
        ("cp1252", "cp1252", "cp1252"),
        ("latin-1", "Latin-1", "iso8859-1"),
    ],
)
def test_encodings(read: Read, encoding: str, said: str | None, codec: str) -> None:
    data = "Id,Stufe\n1,Prüfung\n".encode(encoding)
    table, columns = read(data, **({"encoding": said} if said else {}))
    assert (table.header, columns, table.encoding) == (["Id", "Stufe"], [["1"], ["Prüfung"]], codec)


def test_rows_keep_the_line_on_which_they_begin(read: Read) -> None:
    table, columns = read('a,b\r\n\r\n"1\n1",x\r\n,\r\n2,y,,\r\n"",z\n')
    assert columns == [["1\n1", "2", ""], ["x", "y", "z"]]
    assert [table.line(row) for row in range(3)] == [3, 6, 7]
    assert table.where(1, 1) == "t.csv line 6, field b"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "t.csv is empty"),
        (b"\n \n", "t.csv is empty"),
        (b"\xef\xbb\xbf", "t.csv is empty"),
        (b"a,b\n", "has a header and no rows"),
        (b"id\n1\n", "t.csv line 1 has no columns"),
        (b"a,b\n1,2\n1,2,3\n", "t.csv line 3 has 3 columns, and the header has 2"),
        (b'a,b\n"1\n1",2\n3\n', "t.csv line 4 has 1 columns, and the header has 2"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "t.csv line 3: a quotation mark is opened and never closed"),
        (b'a,b\n"1,2\n3,4\n', "t.csv line 2: a quotation mark is opened and never closed"),
        (b'"a,b\n1,2\n', "t.csv line 1: a quotation mark is opened and never closed"),
        (b'a,b\n1,"x"y\n', "t.csv line 2: a quotation mark ends a field in its middle"),
        (b"a,b\n1,2\r3,4\n", "t.csv line 2: there is a CR in the middle"),
        (b"a,b\r1,2\r", "ends its lines with CR alone"),
        (b"a,b\n1,2\n3,\x004\n", "t.csv line 3 has a NUL"),
        (b"\x89PNG\r\n\x1a\n\0\0", "t.csv line 3 has a NUL byte"),
        (b"PK\x03\x04rest", "a spreadsheet or a zip archive"),
        (b"a,b\n1,2\n3,M\xfcller\n", "t.csv line 3 is not UTF-8 (byte 0xfc)"),
        (b"a,b\n" + b'1,"' + b"x" * 200_000 + b'"\n', "t.csv line 2: a field of more than"),
        (b"\xff\xfea\0,\0b\0\n\0\x00\xd8", "t.csv line"),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 9999, mtime=0)[:60], "cannot be unpacked"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_its_line(read: Read, data: bytes, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(data)
    assert message in str(caught.value)
    assert caught.value.remedy


def test_a_wrong_encoding_names_what_to_do(read: Read) -> None:
    with pytest.raises(BadInput, match="--encoding cp1252"):
        read("a,b\n1,ü\n".encode("latin-1"))
    with pytest.raises(BadInput, match="there is no text encoding 'klingon'"):
        read("a,b\n1,2\n", encoding="klingon")
    with pytest.raises(BadInput, match="there is no text encoding 'hex'"):
        read("a,b\n1,2\n", encoding="hex")
    with pytest.raises(BadInput, match=r"t\.csv line 2 is not ASCII"):
        read("a,b\n1,ü\n", encoding="ascii")


def test_sizes_are_capped(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "LINE_MAX", 1 << 18)
    with pytest.raises(BadInput, match="line 1 has more than 256 KiB"):
        read(gzip.compress(b"x" * (1 << 20)))
    monkeypatch.setattr(source_module, "FILE_MAX", 1 << 20)
    with pytest.raises(BadInput, match="unpacks to more than 1 MiB"):
        read(gzip.compress(b"a,b\n" + b"1,2\n" * (1 << 19)))
    monkeypatch.setattr(table_module, "ROWS_MAX", 10)
    with pytest.raises(BadInput, match="more than 10 rows"):
        read("a,b\n" + "1,2\n" * 11)


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


@given(
    st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_was_written_is_read_and_each_row_has_its_line(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    lines = []
    for row in [[f"c{n}" for n in range(len(rows[0]))], *rows]:
        lines.append(out.getvalue().count("\n") + 1)
        writer.writerow(row)
    kept = [(row, line) for row, line in zip(rows, lines[1:], strict=True) if any(row)]
    path = tmp_path_factory.mktemp("t") / "t.csv"
    if not kept:
        with pytest.raises(BadInput, match="no rows"):
            read_bytes(path, out.getvalue().encode(encoding), delimiter)
        return
    table, columns = read_bytes(path, out.getvalue().encode(encoding), delimiter)
    assert [list(row) for row in zip(*columns, strict=True)] == [row for row, _ in kept]
    assert [table.line(n) for n in range(table.rows)] == [line for _, line in kept]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    try:
        table, columns = read_bytes(tmp_path_factory.mktemp("t") / "t.csv", data)
    except BadInput as refused:
        assert "t.csv" in str(refused)
    else:
        assert {len(column) for column in columns} == {table.rows}
