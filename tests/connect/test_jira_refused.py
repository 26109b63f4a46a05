"""Malformed Jira files are refused with their line and field."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.connect.files import json_records, source
from vsm.connect.files.jira import read
from vsm.model.errors import BadInput

Make = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


def test_a_page_without_change_logs_tells_how_to_export_them(samples: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(samples / "no_changelog_page.json")
    text = str(caught.value)
    assert "no_changelog_page.json line 6 (PAY-1), field changelog: is missing" in text
    assert "expand=changelog" in text


def _put(issue: dict[str, Any], path: str, value: Any) -> None:
    node: Any = issue
    *parts, last = path.split(".")
    for part in parts:
        node = node[int(part)] if part.isdigit() else node[part]
    if value is None:
        del node[last]
    elif isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value


CHANGE = "changelog.histories.0"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("key", None, "field key"),
        ("key", "no key", "field key: 'no key' is no issue key like PAY-131"),
        ("id", [1], "field id"),
        ("fields", None, "field fields: is missing"),
        ("fields.created", None, "field fields.created: is missing"),
        ("fields.created", "yesterday", "field fields.created: 'yesterday' is no time"),
        ("fields.created", "0001-01-01T00:00:00+1200", "is no time between 1900 and 2999"),
        ("fields.created", -62_135_600_000_000, "is no time between 1900 and 2999"),
        ("fields.created", "2024-01-01T00:00:00", "field fields.created"),
        ("fields.created", True, "field fields.created"),
        ("fields.created", 10**18, "field fields.created"),
        ("fields.created", "0001-01-01T00:00:00.000+2400", "field fields.created"),
        ("fields.status", None, "field fields.status: is missing"),
        ("fields.status", {"name": ""}, "field fields.status.name: is missing"),
        ("fields.status", {"name": "x" * 256}, "a name of 256 characters"),
        ("fields.duedate", "31/12/2024", "field fields.duedate: '31/12/2024' is no date"),
        ("fields.labels", "urgent", "field fields.labels: 'urgent' should be a list"),
        ("fields.summary", 7, "field fields.summary"),
        ("fields.assignee", "ada", "field fields.assignee"),
        ("fields.issuelinks", [{"type": {}}], "field fields.issuelinks[0].inwardIssue.key"),
        ("changelog", None, "field changelog: is missing"),
        ("changelog.histories", None, "field changelog.histories: is missing"),
        ("changelog.total", "9", "field changelog.total"),
        (f"{CHANGE}.items", None, "field changelog.histories[0].items"),
        (f"{CHANGE}.items", ["status"], "field changelog.histories[0].items"),
        (f"{CHANGE}.created", None, "field changelog.histories[0].created"),
        (f"{CHANGE}.created", "soon", "field changelog.histories[0].created: 'soon' is no time"),
        (f"{CHANGE}.created", "9999-12-31T00:00:00-0300", "is no time between 1900 and 2999"),
        (f"{CHANGE}.id", {"a": 1}, "field changelog.histories[0].id"),
        (f"{CHANGE}.items.0.toString", None, "field changelog.histories[0].items toString"),
        (f"{CHANGE}.items.0.fromString", None, "field changelog.histories[0].items fromString"),
        (f"{CHANGE}.items.0.toString", ["x"], "field changelog.histories[0].items toString"),
    ],
)
def test_a_malformed_field_is_named(
    issue: Make, lines: Write, path: str, value: Any, field: str
) -> None:
    broken = issue("PAY-2", (1, 2, "Open", "Closed"))
    _put(broken, path, value)
    with pytest.raises(BadInput) as caught:
        read(lines(issue("PAY-1"), broken))
    assert "issues.jsonl line 2" in str(caught.value)
    assert field in str(caught.value)


def test_broken_json_is_named_by_line_and_column(
    issue: Make, tmp_path: Path, samples: Path
) -> None:
    good = json.dumps(issue())
    path = tmp_path / "x.jsonl"
    path.write_text(f"{good}\n\n{good[:20]}\n")
    with pytest.raises(BadInput, match=r"x.jsonl line 3, column \d+: this is not valid JSON"):
        read(path)
    path.write_text(f"{good[:20]}\n{good}\n")
    with pytest.raises(BadInput, match=r"x.jsonl line 1, column \d+"):
        read(path)
    text = (samples / "cloud_page.json").read_text().replace('"PAY-2",', '"PAY-2"', 1)
    broken_at = next(n for n, t in enumerate(text.splitlines(), 1) if t.endswith('"key": "PAY-2"'))
    path.write_text(text)
    with pytest.raises(BadInput, match=rf"line ({broken_at}|{broken_at + 1}), column"):
        read(path)
    for text in ("[1", "[{}", '{"issues": [', "{", '{"a"', '{"a": 1', "[1]", "7", '"x"', "{} {}"):
        path.write_text(text)
        with pytest.raises(BadInput, match=r"x.jsonl line 1"):
            read(path)
    path.write_text("\n[\n {},\n 5]")
    with pytest.raises(BadInput, match=r"x.jsonl line 3, field key"):
        read(path)


@pytest.mark.parametrize("text", ["", "\n \n", "[]", '{"issues": []}'])
def test_a_file_without_issues_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"empty\.json"):
        read(path)


def test_what_is_no_readable_file_is_refused(issue: Make, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no file"):
        read(tmp_path / "gone.json")
    with pytest.raises(BadInput, match="is a folder"):
        read(tmp_path)
    with pytest.raises(BadInput, match="is not a file"):
        read(Path(os.devnull))
    path = tmp_path / "x.gz"
    data = gzip.compress(json.dumps(issue()).encode())
    path.write_bytes(data[:-10])
    with pytest.raises(BadInput, match="cannot be unpacked"):
        read(path)
    path.write_bytes(data + b"rubbish")
    with pytest.raises(BadInput, match="cannot be unpacked"):
        read(path)
    path.write_text(json.dumps(issue()), encoding="utf-16")
    with pytest.raises(BadInput, match="is in UTF-16"):
        read(path)
    path.write_bytes(b"\n" + json.dumps(issue()).encode() + b'\n{"key": "\xff"}')
    with pytest.raises(BadInput, match="line 3 is not UTF-8"):
        read(path)


def test_deep_nesting_and_endless_numbers_are_refused(issue: Make, tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    good = json.dumps(issue())
    for text in ("[" * 100_000, good + "\n" + '{"a":' * 50_000, good + "\n[" + "1" * 5_000 + "]"):
        path.write_text(text)
        with pytest.raises(BadInput, match=r"deep.json"):
            read(path)
    node: dict[str, Any] = {"type": "text", "text": "x"}
    for _ in range(400):
        node = {"type": "doc", "content": [node]}
    raw = issue(description=node)
    path.write_text(json.dumps(raw))
    try:
        assert read(path).histories[0].description == "x"
    except BadInput as error:
        assert "nested too deeply" in str(error)


def test_sizes_are_capped(
    issue: Make, lines: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small, large = issue("PAY-1"), issue("PAY-2", description="x" * 5_000)
    monkeypatch.setattr(source, "LINE_MAX", 2_000)
    monkeypatch.setattr(json_records, "LINE_MAX", 2_000)
    with pytest.raises(BadInput, match=r"line 2 has more than 1.95 KiB"):
        read(lines(small, large))
    monkeypatch.setattr(json_records, "DOCUMENT_MAX", 4_000)
    with pytest.raises(BadInput, match=r"one document of more than 3.91 KiB.*jq"):
        read(lines(large))
    monkeypatch.setattr(source, "FILE_MAX", 500)
    with pytest.raises(BadInput, match="500 bytes is the most"):
        read(lines(small, small, small))
    packed = tmp_path / "bomb"
    packed.write_bytes(gzip.compress(json.dumps(small).encode() * 9))
    with pytest.raises(BadInput, match="unpacks to more than 500 bytes"):
        read(packed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
PATHS = st.sampled_from(
    ["id", "key", "names", "fields", "changelog", "changelog.histories", CHANGE, f"{CHANGE}.id"]
    + [f"{CHANGE}.{p}" for p in ("created", "author", "items", "items.0", "items.0.from")]
    + [f"{CHANGE}.items.0.{p}" for p in ("to", "field", "fieldId", "toString", "fromString")]
    + [f"fields.{p}" for p in ("summary", "created", "status", "assignee", "creator", "labels")]
    + [f"fields.{p}" for p in ("duedate", "issuetype", "issuelinks", "subtasks", "parent", "epic")]
    + [f"fields.{p}" for p in ("project", "description", "resolutiondate", "updated")]
)


@given(path=PATHS, value=JSON)
def test_any_value_anywhere_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, path: str, value: Any
) -> None:
    from collections import Counter

    raw: dict[str, Any] = {
        "id": "1",
        "key": "PAY-1",
        "fields": {"created": 0, "status": {"name": "Closed"}},
        "changelog": {
            "histories": [
                {
                    "id": "1",
                    "created": 5,
                    "items": [{"field": "status", "fromString": "Open", "toString": "Closed"}],
                }
            ]
        },
    }
    _put(raw, path, value if value is not None else 0)
    file = tmp_path_factory.mktemp("any") / "any.jsonl"
    file.write_text(json.dumps(raw), encoding="utf-8")
    try:
        reading = read(file)
    except BadInput as error:
        assert "any.jsonl line 1" in str(error)
        return
    (history,) = reading.histories
    json.dumps(history.key + history.title + history.type + str(history.owner)).encode()
    (history.title + history.description + history.type).encode("utf-8")
    assert [e.at for e in history.entries] == sorted(e.at for e in history.entries)
    assert max(Counter(e.event_id for e in history.entries).values()) == 1
