"""Drift from a standard, in each way in which a stream may deviate, and its price by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from vsm.features.standards.comparing import Lacking, Practice, compare
from vsm.features.standards.figures import RESAMPLES, compare_medians, stage_days
from vsm.features.standards.matching import match_stages
from vsm.features.standards.names import in_report, stream_names
from vsm.features.standards.reading import read_drift
from vsm.features.standards.results import LineKind
from vsm.model import command as c
from vsm.model.control.control import Mode
from vsm.model.errors import BadInput
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, day_start
from vsm.model.standard import Deviation
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session
from vsm.templates.reading import Template, read_template

STANDARD = """\
controls = ["ready", "chg-approved:controlling", "owned"]
commitment = "Ready"

[vocabulary]
item = "story"

[[stage]]
name = "Ready"
category = "queue"
limit = 5
policy = "Small enough."

[[stage]]
name = "Build"
category = "active"
limit = 4
limit_kind = "hard"
class_limits = { expedite = 1 }

[[stage]]
name = "Review"
category = "queue"
canonical = "review"
synonyms = ["To review"]

[[stage]]
name = "Test"
category = "active"

[[stage]]
name = "Release"
category = "active"

[[stage]]
name = "Done"
category = "done"

[[group_limit]]
stages = ["Ready", "Build"]
limit = 8

[[artefact]]
name = "test-plan"
title = "Test plan"
at = "Test"
"""
LOCAL = """\
commitment = "Build"

[[stage]]
name = "Triage"
category = "queue"

[[stage]]
name = "Ready"
category = "active"
limit = 9
policy = "Any size."

[[stage]]
name = "Release"
category = "active"

[[stage]]
name = "Build"
category = "active"
limit = 4
limit_kind = "soft"

[[stage]]
name = "To review"
category = "queue"

[[stage]]
name = "Done"
category = "done"
"""
NOTHING = Practice({}, {})


def template(text: str) -> Template:
    return read_template(text, "ours")


def stream_of(text: str, tmp_path: Path) -> ValueStream:
    session = Session(tmp_path / "one.db", actor="anna")
    assert isinstance(session.do(template(text).command("Web")), ChangeGroup)
    session.close()
    return Reader(tmp_path / "one.db").stream_named("Web")


def test_a_stream_that_deviates_in_every_way_has_a_line_for_each(tmp_path: Path) -> None:
    practice = Practice(
        {"ready": Mode.OFF, "chg-approved": Mode.SUPPORTIVE},
        {"test-plan": Lacking(3, ((1, "WEB-1"), (2, "WEB-2")))},
    )
    lines = compare(template(STANDARD), stream_of(LOCAL, tmp_path), practice)
    assert [(line.part, line.text) for line in lines] == [
        ("category:Ready", "Ready is active, not queue"),
        ("limit:Ready", "Ready: limit 9 soft, not 5 soft"),
        ("policy:Ready", "Ready has another policy"),
        ("limit:Build", "Build: limit 4 soft, not 4 hard; no limit for expedite, not 1"),
        ("name:Review", "Review is called To review, a synonym"),
        ("stage:Test", "no stage Test"),
        ("order:Release", "Release comes before Build, in the standard after it"),
        ("stage:Triage", "Triage (queue) is no stage of the standard"),
        ("limit:Ready+Build", "Ready+Build together: no limit, not 8 soft"),
        ("commitment", "commitment at Build, not at Ready"),
        ("word:item", "the word for item is item, not story"),
        ("control:ready", "ready is off, not supportive"),
        ("control:chg-approved", "chg-approved is supportive, not controlling"),
        ("control:owned", "owned is not set here; the standard asks for supportive"),
        ("artefact:test-plan", "no Test plan for 2 of 3 items that entered Test in 90 days"),
    ]
    assert lines[-1].items == ("WEB-1", "WEB-2")
    assert {line.kind for line in lines} == set(LineKind)


def test_a_stream_made_from_the_standard_does_not_differ_from_it(tmp_path: Path) -> None:
    practice = Practice(
        {"ready": Mode.SUPPORTIVE, "chg-approved": Mode.DIRECTIVE, "owned": Mode.CONTROLLING},
        {"test-plan": Lacking(3, ())},
    )
    assert compare(template(STANDARD), stream_of(STANDARD, tmp_path), practice) == []


def test_tighter_limits_are_no_difference(tmp_path: Path) -> None:
    tighter = STANDARD.replace("limit = 5", 'limit = 3\nlimit_kind = "hard"').replace("= 8", "= 7")
    lines = compare(template(STANDARD), stream_of(tighter, tmp_path), NOTHING)
    assert {line.kind for line in lines} == {LineKind.CONTROL}


def test_a_policy_in_other_lines_is_the_same(tmp_path: Path) -> None:
    wrapped = STANDARD.replace('"Small enough."', '"""\nSmall\n  enough.\n"""')
    lines = compare(template(STANDARD), stream_of(wrapped, tmp_path), NOTHING)
    assert {line.kind for line in lines} == {LineKind.CONTROL}


def test_a_stage_without_a_policy_differs(tmp_path: Path) -> None:
    bare = stream_of(STANDARD.replace("Small enough.", ""), tmp_path)
    lines = compare(template(STANDARD), bare, NOTHING)
    policies = {line.text: line.policies for line in lines}["Ready has no policy"]
    assert policies == "Policy of Ready here:\nnone\n\nIn the standard:\nSmall enough."


def test_an_agreed_name_makes_a_stage_the_same_one(tmp_path: Path) -> None:
    stream = stream_of(
        STANDARD.replace('name = "Test"', 'name = "Trial"').replace('at = "Test"', 'at = "Trial"'),
        tmp_path,
    )
    agreed = Deviation(1, "1", stream.id, "name:Test=trial", "their word", None, "anna")
    kinds = [line.kind for line in compare(template(STANDARD), stream, NOTHING)]
    assert kinds[:2] == [LineKind.MISSING, LineKind.EXTRA]
    line, *rest = compare(template(STANDARD), stream, NOTHING, [agreed])
    assert (line.part, line.text) == ("name:Test=Trial", "Test is called Trial")
    assert {one.kind for one in rest} == {LineKind.CONTROL}
    other = Deviation(2, "2", stream.id + 1, "name:Test=trial", "elsewhere", None, "anna")
    assert LineKind.MISSING in [
        one.kind for one in compare(template(STANDARD), stream, NOTHING, [other])
    ]


def test_no_stage_is_matched_twice(tmp_path: Path) -> None:
    both = STANDARD.replace(
        "[[group_limit]]", '[[stage]]\nname = "To review"\ncategory = "queue"\n\n[[group_limit]]'
    ).replace('synonyms = ["To review"]\n', "")
    stream = stream_of(both, tmp_path)
    matches = match_stages(template(STANDARD), stream)
    assert [m.stage.name for m in matches if m.canonical == "review"] == ["Review"]
    lines = compare(template(STANDARD), stream, NOTHING)
    assert [line.part for line in lines if line.kind is LineKind.EXTRA] == ["stage:To review"]


# -- price ------------------------------------------------------------------------------------


def test_the_difference_of_medians_by_hand() -> None:
    own, others = [1.0, 2.0, 9.0], [1.0, 1.0, 2.0, 4.0]
    assert compare_medians(own, others).difference == 2.0 - 1.5
    assert compare_medians(own, own)[1:] != (0, 0)
    assert compare_medians([3.0] * 20, [1.0] * 25) == (2.0, 2.0, 2.0)
    assert compare_medians(own, others) == compare_medians(own[::-1], others), "a fixed seed"


@pytest.mark.parametrize("sizes", [(20, 21), (35, 60)])
def test_the_interval_is_that_of_resamples(sizes: tuple[int, int]) -> None:
    """Drawing the middle of a resample is drawing the resample and taking its middle."""
    random = np.random.default_rng(7)
    own, others = (random.exponential(4, n) for n in sizes)
    drawn = [
        np.median(random.choice(values, (RESAMPLES, values.size)), axis=1)
        for values in (own, others)
    ]
    low, high = np.quantile(drawn[0] - drawn[1], (0.025, 0.975))
    fit = compare_medians(own, others)
    assert (fit.low, fit.high) == pytest.approx((low, high), abs=0.25)


NOW = day_start(date(2026, 6, 1), "UTC")


class Streams:
    """Streams of one standard whose items spend whole days in Build."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at = NOW - 100 * DAY
        self.session = Session(path, actor="anna", clock=lambda: self.at)

    def do(self, *commands: c.Command) -> None:
        result = self.session.do(*commands)
        assert isinstance(result, ChangeGroup), result

    def add(self, name: str, days: list[float], limit: int = 4) -> ValueStream:
        """A stream whose items took so many days in Build, which follows the standard."""
        text = STANDARD.replace("limit = 4", f"limit = {limit}")
        self.do(template(text).command(name, prefix=name[:1].upper()))
        stream = Reader(self.path).stream_named(name)
        values = {"only": stream.id, "standard": "ours", "text": STANDARD, "reason": "agreed"}
        self.do(c.AddEntity(ADOPTION, values))
        build, review = stream.named("Build"), stream.named("Review")
        assert build is not None and review is not None
        for taken in days:
            self.at = NOW - 50 * DAY
            self.do(c.AddItem(stream.id, "one", build.id, reason="for the test"))
            item = max(row.id for row in Reader(self.path).items(stream, Query(), NOW))
            self.at += int(taken * DAY)
            self.do(c.MoveItem(item, review.id))
        return stream


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(tmp_path / "streams.db")


def test_the_price_of_a_lax_limit_by_hand(streams: Streams) -> None:
    lax = streams.add("Lax", [float(n) for n in range(1, 22)], limit=30)
    streams.add("Kept", [1.0, 3.0] * 10)
    streams.add("Also", [1.0])
    drift = read_drift(Reader(streams.path), lax, NOW)
    (line,) = [one for one in drift.lines if one.part == "limit:Build"]
    price = line.price
    assert price is not None
    assert (price.n, price.median_days) == (21, 11.0)
    assert (price.others, price.others_n, price.others_median_days) == (("Also", "Kept"), 21, 1.0)
    assert price.difference_days == 10.0
    assert price.low is not None and price.high is not None
    assert 4.0 <= price.low <= 10.0 <= price.high <= 16.0
    assert price.is_clear and not price.too_few


def test_with_fewer_than_twenty_items_a_side_there_is_no_interval(streams: Streams) -> None:
    lax = streams.add("Lax", [2.0] * 20, limit=30)
    streams.add("Kept", [1.0] * 19)
    (line,) = [o for o in read_drift(Reader(streams.path), lax, NOW).lines if o.price is not None]
    assert line.price is not None and line.price.too_few
    assert (line.price.low, line.price.difference_days, line.price.is_clear) == (None, None, False)


def test_streams_that_deviate_there_too_are_not_compared_with(streams: Streams) -> None:
    lax = streams.add("Lax", [2.0] * 20, limit=30)
    streams.add("Laxer", [1.0] * 20, limit=40)
    (line,) = [o for o in read_drift(Reader(streams.path), lax, NOW).lines if o.price is not None]
    assert line.price is not None and line.price.others == ()


def test_time_in_a_stage_is_that_of_all_visits_of_items_that_have_left(streams: Streams) -> None:
    stream = streams.add("Web", [2.0, 5.0])
    build, review = stream.named("Build"), stream.named("Review")
    assert build is not None and review is not None
    reader = Reader(streams.path)
    first, second = sorted(row.id for row in reader.items(stream, Query(), NOW))
    streams.at = NOW - 20 * DAY
    streams.do(c.MoveItem(first, build.id), c.MoveItem(second, build.id))
    streams.at = NOW - 19 * DAY
    streams.do(c.MoveItem(first, review.id))
    data, _ = Reader(streams.path).flow(stream, Query(), NOW, present=True)
    assert stage_days(data, build.id, NOW - 30 * DAY, NOW).tolist() == [3.0]
    assert stage_days(data, build.id, NOW - 10 * DAY, NOW).tolist() == []
    assert stage_days(data, 999, NOW - 30 * DAY, NOW).tolist() == []


# -- reading ----------------------------------------------------------------------------------


def test_lines_are_agreed_up_to_their_last_day(streams: Streams) -> None:
    stream = streams.add("Lax", [], limit=30)
    values = {"only": stream.id, "part": "LIMIT:build", "reason": "two new people"}
    streams.do(c.AddEntity(DEVIATION, {**values, "until": "2026-05-31"}))
    streams.do(c.AddEntity(DEVIATION, {**values, "part": "stage:Gone"}))
    reader = Reader(streams.path)
    drift = read_drift(reader, stream, NOW - 1)
    assert [one.part for one in drift.unused] == ["stage:Gone"]
    assert [line.part for line in drift.lines if line.agreed] == ["limit:Build"]
    assert drift.drift == len(drift.lines) - 1
    later = read_drift(reader, stream, NOW)
    assert later.drift == len(later.lines)
    (line,) = [one for one in later.lines if one.agreement is not None]
    assert line.agreement is not None and line.agreement.is_over
    other = read_drift(reader, stream, NOW - 1, "kanban")
    assert not other.adopted
    assert (other.drift, other.unused) == (len(other.lines), ()), "agreed on another standard"


def test_a_standard_that_cannot_be_read_is_said_and_hurts_nobody_else(streams: Streams) -> None:
    stream = streams.add("Web", [])
    other = streams.add("Ios", [])
    (adoption,) = [a for a in Reader(streams.path).entities(ADOPTION) if a.only == stream.id]
    streams.do(c.ChangeEntity(ADOPTION, adoption.id, {"text": "stage = 1"}))
    reader = Reader(streams.path)
    with pytest.raises(BadInput, match=r"adopted cannot be read: ours\.toml"):
        read_drift(reader, stream, NOW)
    assert read_drift(reader, other, NOW).adopted
    assert stream_names(reader, stream) == {}
    assert len(stream_names(reader, other)) == 6


def test_canonical_names_stand_before_local_ones(streams: Streams) -> None:
    stream = streams.add("Web", [])
    names = stream_names(Reader(streams.path), stream)
    review = stream.named("Review")
    assert review is not None
    assert in_report("To review", names[review.id]) == "review (To review)"
    assert in_report("Review", names[review.id]) == "Review"
    assert in_report("Triage", None) == "Triage"
