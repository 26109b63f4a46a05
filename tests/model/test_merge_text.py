"""Three-way merge of texts by line: what one changed is kept, what both changed is marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.model.merge_text import MOST, Merge, markers_in, merge_text

BASE = "why\n\nhow\n\nwhen"


@pytest.mark.parametrize(
    ("mine", "theirs", "merged"),
    [
        ("why not\n\nhow\n\nwhen", "why\n\nhow\n\nnow", "why not\n\nhow\n\nnow"),
        (BASE, "changed\n\nhow\n\nwhen", "changed\n\nhow\n\nwhen"),
        ("changed\n\nhow\n\nwhen", BASE, "changed\n\nhow\n\nwhen"),
        ("same\n\nhow\n\nwhen", "same\n\nhow\n\nwhen", "same\n\nhow\n\nwhen"),
        ("why\n\nwhen", "why\n\nhow\n\nwhen\nend", "why\n\nwhen\nend"),
        ("first\nwhy\n\nhow\n\nwhen", "why\n\nhow\n\nwhen\n", "first\nwhy\n\nhow\n\nwhen\n"),
    ],
)
def test_lines_that_one_side_changed_are_taken_over(mine: str, theirs: str, merged: str) -> None:
    assert merge_text(BASE, mine, theirs) == Merge(merged, 0)


def test_the_same_line_changed_twice_is_marked_with_both_versions() -> None:
    merge = merge_text("a\nb\nc", "a\nmine b\nc", "a\nben's b\nc", "ben, 10:42")
    assert merge == Merge(
        "a\n<<<<<<< mine\nmine b\n======= theirs: ben, 10:42\nben's b\n>>>>>>> end\nc", 1
    )
    assert markers_in(merge.text) == 3
    assert markers_in("a\nmine b\nc\n=======\n") == 0, "underlined headings are no markers"


def test_texts_that_begin_from_nothing_are_one_conflict() -> None:
    assert merge_text("", "mine", "theirs").text.split("\n") == [
        "<<<<<<< mine",
        "mine",
        "======= theirs",
        "theirs",
        ">>>>>>> end",
    ]


def test_a_text_of_very_many_lines_is_one_conflict_rather_than_minutes() -> None:
    lines = [""] * 3000
    base = "\n".join(["a", *lines, "z"])
    assert len(lines) ** 2 > MOST
    merge = merge_text(base, f"mine{base}mine", f"theirs{base}theirs")
    assert merge.conflicts == 1


TEXTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8).map("\n".join)


@given(base=TEXTS, mine=TEXTS, theirs=TEXTS)
def test_merges_keep_every_line_of_both_sides(base: str, mine: str, theirs: str) -> None:
    assert merge_text(base, mine, base) == Merge(mine, 0)
    assert merge_text(base, base, theirs) == Merge(theirs, 0)
    assert merge_text(base, mine, mine) == Merge(mine, 0)
    merge, other_way = merge_text(base, mine, theirs), merge_text(base, theirs, mine)
    assert merge.conflicts == other_way.conflicts
    for side in (mine, theirs):
        for line in set(side.split("\n")) - set(base.split("\n")):
            assert line in merge.text.split("\n")
