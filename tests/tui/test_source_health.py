"""The header says which source of the stream is not read, and since when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.tui.conftest import World
from vsm.model.source_health import Health, SourceState, health_now, warnings
from vsm.store.writer import clock
from vsm.sync_state import Entry, keep_state

MINUTE = 60_000_000


def state(health: Health, minutes: int, stream: int = 1) -> Entry:
    now = clock()
    return Entry(health, now, now - minutes * MINUTE, now, "no", stream=stream, every=15)


async def test_a_source_that_is_not_read_stands_in_the_header(
    filled: World, size: tuple[int, int]
) -> None:
    keep_state(filled.path, "jira", state(Health.FAILING, 42, filled.stream))
    keep_state(filled.path, "other", state(Health.FAILING, 42, filled.stream + 1))
    async with filled.person(size=size) as someone:
        header = someone.lines[0]
        assert "jira ⚠ 42 min" in header, header
        assert "other" not in header


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ((Health.OK, 29), ()),
        ((Health.OK, 42), (("jira", "42 min"),)),
        ((Health.AUTH, 300), (("jira", "token refused, 5 h"),)),
        ((Health.PARTIAL, 1), (("jira", "partial"),)),
        ((Health.FAILING, 42, 2), ()),
    ],
)
def test_the_words_for_each_health(kept: tuple[Health, int], words: Any) -> None:
    assert warnings({"jira": state(*kept)}, 1, clock()) == words


def test_a_source_that_was_never_read_says_so() -> None:
    never = Entry(Health.FAILING, 0, stream=1)
    assert warnings({"jira": never}, 1, clock()) == (("jira", "never read"),)


def test_late_begins_after_two_intervals() -> None:
    made: Callable[[int], SourceState] = lambda at: SourceState(Health.OK, 0, at, at)  # noqa: E731
    assert health_now(made(0), 15, 30 * MINUTE).health is Health.OK
    late = health_now(made(0), 15, 30 * MINUTE + 1)
    assert (late.health, late.since) == (Health.LATE, 30 * MINUTE)
    assert health_now(made(0), None, 10**15).health is Health.OK, "nobody asked for intervals"
