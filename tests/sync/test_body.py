"""JSON of services, read and written quickly: the same values as the standard decoder gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vsm.connect.sync.body import BadBody, parse
from vsm.connect.sync.run_folder import encode

ODD = [
    b'{"a": 1e400, "b": 123456789012345678901234567890, "a": -0.0}',
    b'["\\ud83d\\ude00", "\\u0000", "\xc3\xa4", 0.1, 1E5, true, null]',
    b'{"half": "\\ud800"}',
    b" [] ",
]


@pytest.mark.parametrize("data", ODD)
def test_values_are_those_of_the_standard_decoder(data: bytes) -> None:
    assert repr(parse(data)) == repr(json.loads(data))


@pytest.mark.parametrize("data", [b"", b"[1", b"{'a': 1}", b"[01]", b'"\xff"', b'"\x01"', b"{}x"])
def test_what_is_no_whole_json_may_be_whole_the_next_time(data: bytes) -> None:
    with pytest.raises(BadBody) as refused:
        parse(data)
    assert refused.value.again


@pytest.mark.parametrize(
    "value", [{"a": float("inf"), "b": 10**40}, ["\n", "ä\u2028", 0.1, None, True]]
)
def test_a_record_is_one_line_of_json(value: Any) -> None:
    line = encode(value)
    assert json.loads(line) == value
    assert b"\n" not in line


def test_halves_of_surrogate_pairs_become_question_marks() -> None:
    assert json.loads(encode({"a": "x\ud800", "b": [1]})) == {"a": "x?", "b": [1]}
