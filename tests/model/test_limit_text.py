"""WIP limits in words are read the same wherever they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.model.item import ClassOfService
from vsm.model.limit_text import Limits, read_limits
from vsm.model.stream import LimitKind

EXPEDITE, FIXED = ClassOfService.EXPEDITE, ClassOfService.FIXED_DATE
SOFT, HARD = LimitKind.SOFT, LimitKind.HARD


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("5", Limits(5, SOFT)),
        ("5 hard", Limits(5, HARD)),
        ("hard 5", Limits(5, HARD)),
        ("5 expedite 1", Limits(5, SOFT, ((EXPEDITE, 1),))),
        ("5 hard, fixed-date=2, exp: 1", Limits(5, HARD, ((EXPEDITE, 1), (FIXED, 2)))),
        ("expedite 1", Limits(None, SOFT, ((EXPEDITE, 1),))),
        ("none", Limits()),
    ],
)
def test_limits_are_read_from_words(text: str, limits: Limits) -> None:
    assert read_limits(text) == limits


def test_what_is_not_named_stays_as_it_is() -> None:
    now = Limits(5, HARD, ((EXPEDITE, 1),))
    assert read_limits("6", now) == Limits(6, HARD, ((EXPEDITE, 1),))
    assert read_limits("soft", now) == Limits(5, SOFT, ((EXPEDITE, 1),))
    assert read_limits("expedite none", now) == Limits(5, HARD)
    assert read_limits("none", now) == Limits()
    assert read_limits("expedite none", Limits(None, HARD, ((EXPEDITE, 1),))) == Limits()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no limit is given"),
        ("few", "'few' is neither a limit nor a class of service"),
        ("-1", "'-1' is no limit: give 1 or more, or none"),
        ("0", "give 1 or more"),
        ("99999999", "is no limit"),
        ("5.5", "is no limit"),
        ("hard", "hard needs a number: write 5 hard"),
        ("expedite", "expedite needs a number: write expedite 1"),
        ("expedite many", "'many' after expedite is no limit"),
        ("ex 1", "'ex' is neither"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(text: str, says: str) -> None:
    with pytest.raises(ValueError) as wrong:
        read_limits(text)
    assert says in str(wrong.value)


@given(
    st.none() | st.integers(1, 999),
    st.sampled_from([SOFT, HARD]),
    st.dictionaries(st.sampled_from(list(ClassOfService)), st.integers(1, 99)),
)
def test_the_words_of_limits_read_back_as_the_same_limits(
    limit: int | None, kind: LimitKind, classes: dict[ClassOfService, int]
) -> None:
    order = list(ClassOfService)
    held = tuple(sorted(classes.items(), key=lambda pair: order.index(pair[0])))
    limits = Limits(limit, kind, held) if limit is not None or held else Limits()
    assert read_limits(str(limits)) == limits
