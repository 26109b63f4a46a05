"""Reports of a stream with a made-up half year: what they say, and that each figure is so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.model.conftest import Board, board
from vsm.features.metrics.figures import figures_of, flow_figures_of
from vsm.features.reports.compare import check_report, compare_reports
from vsm.features.reports.reading import Asked, _Making, read_report, read_rules
from vsm.features.reports.recording import note_values, record_values
from vsm.features.reports.report import ordinal, report, report_rules
from vsm.features.reports.results import FIRST_PAGE, Fact, Report
from vsm.features.reports.sources import Sources
from vsm.flow.window import window
from vsm.model import command as c
from vsm.model.entities import ENTITIES
from vsm.model.errors import BadInput
from vsm.model.item import BlockerKind
from vsm.model.query_tree import Query
from vsm.model.report import KeptFact, NoteKind, ReportKind, read_kept
from vsm.model.report_entities import FACT_NOTE, MADE_REPORT
from vsm.model.rules import from_micros
from vsm.model.stream import Category
from vsm.report.html import draw_html
from vsm.report.markdown import draw_markdown
from vsm.report.publish import publish
from vsm.report.terminal import draw_text
from vsm.session import ChangeGroup

__all__ = ["board"]

DAY = 86_400_000_000
HOSTILE = "=cmd|'/c calc'!A1 <script>alert(1)</script> \x1b[31m**x** [a](b)"


@pytest.fixture
def history(board: Board) -> Board:
    """26 weeks in which three items a week take four days in Build each; nothing is left over."""
    build, done = board.stage("Build"), board.stage("Done")
    number = 3
    for week in range(26):
        first = number
        for n in range(3):
            board.done(c.AddItem(1, f"week {week} item {n}"))
            number += 1
            board.done(c.MoveItem(number, build.id))
            board.at += DAY
        board.at += 3 * DAY
        for item in range(first + 1, number + 1):
            board.done(c.MoveItem(item, done.id))
        board.at += DAY
    return board


def begin(board: Board, title: str = "late", stage: str = "Build") -> int:
    """A new item in a working stage; its id."""
    board.done(c.AddItem(1, title))
    item = max(board.read.open_items(board.stream.id))
    board.done(c.MoveItem(item, board.stage(stage).id))
    return item


def weekly(board: Board, **values: object) -> Report:
    asked = Asked(kind=ReportKind.WEEKLY, stream=board.stream, since=None, until=board.at,
                  present=True)  # fmt: skip
    return read_report(board.read, replace(asked, **values))  # type: ignore[arg-type]


def keep(board: Board, result: Report) -> None:
    """Put a report on record, as the verb does."""
    board.done(c.AddEntity(MADE_REPORT, record_values(result, 1, "md", "text")))


def fact_of(result: Report, rule: str) -> Fact | None:
    return next((fact for fact in result.facts if fact.rule == rule), None)


def rules(facts: Sequence[Fact]) -> set[str]:
    return {fact.rule for fact in facts}


# -- ages ----------------------------------------------------------------------------------


def test_an_item_is_too_old_from_the_day_after_p85(history: Board) -> None:
    """Items passed Build at an age of 7, 6 and 5 days; 95% and 85% of them at 7 or less."""
    item = begin(history)
    key = history.item("CI-82").key
    assert history.item(key).id == item
    history.at += 6 * DAY
    assert "age-p95" not in rules(weekly(history).facts), "on its seventh day"
    history.at += DAY
    result = weekly(history)
    fact = fact_of(result, "age-p95")
    assert fact is not None and fact.items == (item,)
    assert dict(fact.values)["n"] == 1
    assert fact.text == "1 item older than 95% of what passed that stage: CI-82 (8 d, Build)"
    detail = history.read.detail(item, history.at)
    assert detail is not None and detail.age == 8, "the same age as in the details"


def test_an_item_is_stale_when_it_could_have_moved_and_did_not(board: Board) -> None:
    stuck, held = begin(board, "stuck"), begin(board, "held")
    board.done(c.BlockItem(held, BlockerKind.DECISION, "who pays?"))
    board.at += 14 * DAY
    stale = fact_of(weekly(board), "stale")
    assert stale is not None and stale.items == (stuck,)
    board.done(c.UnblockItem(held), c.MoveItem(stuck, board.stage("Review").id))
    assert "stale" not in rules(weekly(board).facts)
    board.at += 14 * DAY
    stale = fact_of(weekly(board), "stale")
    assert stale is not None and set(stale.items) == {held, stuck}, "free for 14 days by now"


def test_an_item_is_told_as_blocked_after_the_sle(history: Board) -> None:
    held = begin(history, "held")
    history.done(c.BlockItem(held, BlockerKind.DECISION, "who pays?"))
    history.at += 7 * DAY
    assert "blocked" not in rules(weekly(history).facts), "the SLE is 7 days"
    history.at += DAY
    blocked = fact_of(weekly(history), "blocked")
    assert blocked is not None and blocked.items == (held,)


def test_a_limit_is_told_after_two_days(history: Board) -> None:
    stage = history.stage("Review")
    history.done(c.SetStage(stage.id, {"limit": 2, "limit_kind": "soft"}))
    history.at += 10 * DAY
    items = [begin(history, f"r{n}", "Build") for n in range(3)]
    for item in items:
        history.done(c.MoveItem(item, stage.id, reason="all at once"))
    history.at += 2 * DAY
    assert "over-limit" not in rules(weekly(history).facts)
    history.at += DAY
    fact = fact_of(weekly(history), "over-limit")
    assert fact is not None and set(fact.items) == set(items)
    assert fact.text == "Review holds 3 of at most 2, for 3 days"
    history.done(c.SetStage(stage.id, {"limit": 1, "limit_kind": "soft"}))
    assert "over-limit" not in rules(weekly(history).facts), "that limit is of today"


# -- from one report to the next -------------------------------------------------------------


def test_the_second_report_at_one_position_says_that_nothing_changed(history: Board) -> None:
    first = weekly(history)
    assert first.window.asked == "7 days" and not first.nothing_changed
    keep(history, first)
    again = weekly(history)
    assert again.nothing_changed and again.facts == ()
    text = "\n".join(draw_text(report(again), 100))
    assert f"Nothing changed since entry {first.window.to_seq}" in text
    history.at += DAY
    assert not weekly(history).nothing_changed, "ages grow overnight"
    history.at -= DAY
    history.done(c.AddItem(1, "new"))
    assert not weekly(history).nothing_changed


def test_a_fact_that_stays_counts_its_reports_and_one_that_went_is_good_news(
    history: Board,
) -> None:
    item = begin(history)
    history.at += 8 * DAY
    for repeats in range(3):
        result = weekly(history)
        fact = fact_of(result, "age-p95")
        assert fact is not None and fact.repeats == repeats
        keep(history, result)
        history.at += DAY
    result = weekly(history)
    text = draw_markdown(report(result))
    assert "(4th report in a row, first on " in text
    keep(history, result)
    history.done(c.MoveItem(item, history.stage("Done").id))
    history.at += DAY
    result = weekly(history)
    assert fact_of(result, "age-p95") is None
    (over,) = [one for one in result.gone if one.rule == "age-p95"]
    assert over.text == "Card issuing: older than 95% of what passed the stage"
    keep(history, result)
    history.at += DAY
    assert not [one for one in weekly(history).gone if one.rule == "age-p95"], "told once"


def test_an_acknowledged_fact_is_quiet_until_it_is_worse(history: Board) -> None:
    begin(history)
    history.at += 8 * DAY
    fact = fact_of(weekly(history), "age-p95")
    assert fact is not None
    values = note_values(fact, 1, NoteKind.ACKNOWLEDGED, "waits for the audit")
    history.done(c.AddEntity(FACT_NOTE, values))
    result = weekly(history)
    known = fact_of(result, "age-p95")
    assert known is not None and known.acknowledged == "known: waits for the audit"
    assert known not in result.first_page and known in result.facts_below
    second = begin(history, "second")
    history.at += 8 * DAY
    worse = fact_of(weekly(history), "age-p95")
    assert worse is not None and worse.acknowledged is None, "another item"
    history.done(c.MoveItem(second, history.stage("Done").id))
    again = fact_of(weekly(history), "age-p95")
    assert again is not None and again.acknowledged is not None


def test_another_item_makes_another_fact(history: Board) -> None:
    """A fact that stays is about the same item; others of it are said to be new."""
    first = begin(history, "first")
    history.at += 8 * DAY
    keep(history, weekly(history))
    history.at += DAY
    second = begin(history, "second")
    history.at += 8 * DAY
    fact = fact_of(weekly(history), "age-p95")
    assert fact is not None and (fact.repeats, fact.new_items) == (1, 1)
    assert "1 of them new" in draw_markdown(report(weekly(history)))
    history.done(c.MoveItem(first, history.stage("Done").id))
    fact = fact_of(weekly(history), "age-p95")
    assert fact is not None and fact.items == (second,) and fact.repeats == 0


def test_a_note_has_who_noted_it_and_can_be_undone(history: Board) -> None:
    values = {"fact": "stale/s1", "rule": "stale", "only": 1, "mark": "wrong",
              "noted_by": "somebody else"}  # fmt: skip
    history.done(c.AddEntity(FACT_NOTE, values))
    (note,) = history.read.entities(FACT_NOTE)
    assert (note.noted_by, note.noted_at) == ("anna", history.at)
    known = read_rules(history.read, history.stream, history.at, present=True)
    assert {rule.id: rule.wrong_marks for rule in known.rules}["stale"] == 1
    history.anna.undo()
    assert history.read.entities(FACT_NOTE) == []


def test_a_report_on_record_is_no_step_for_an_undo(history: Board) -> None:
    history.done(c.AddItem(1, "to be undone"))
    keep(history, weekly(history))
    undone = history.anna.undo()
    assert isinstance(undone, ChangeGroup) and undone.label == "undid: added CI-82 in Backlog"
    assert len(history.read.entities(MADE_REPORT)) == 1
    (made,) = history.read.entities(MADE_REPORT)
    history.refused(c.RemoveEntity(MADE_REPORT, made.id))


# -- what it says ----------------------------------------------------------------------------


def test_every_item_and_count_is_looked_up_again(history: Board) -> None:
    old = begin(history, "old")
    history.at += 15 * DAY
    new = begin(history, "new")
    result = weekly(history)
    keys = dict(result.keys)
    header = history.read.header(history.stream, history.at)
    assert f"{header.wip} in progress" in result.headline
    assert f"85% of what finished in 90 days took {header.p85} days at most" in result.headline
    (started,) = [block for block in result.lists if block.title == "Started"]
    assert [line.item for line in started.lines] == [new]
    (oldest,) = [block for block in result.lists if block.title == "The 2 oldest in progress"]
    assert [line.item for line in oldest.lines] == [old, new]
    detail = history.read.detail(old, history.at)
    assert detail is not None and detail.age == oldest.lines[0].days
    for fact in result.facts:
        for item in fact.items:
            assert history.read.keys_of([item])[item] == keys[item]
        if "n" in dict(fact.values):
            assert dict(fact.values)["n"] == len(fact.items), fact.text


def test_at_most_seven_facts_are_on_the_first_page(history: Board) -> None:
    result = weekly(history)
    fact = Fact(id="x", rule="stale", severity=1, about="stream", subject="s", template="t",
                values=(), evidence=(), confidence=None, first_seen=date(2026, 1, 1), repeats=0,
                needs_decision=False)  # fmt: skip
    many = tuple(replace(fact, id=f"stale/{n}") for n in range(12))
    result = replace(result, facts=many)
    assert len(result.first_page) == FIRST_PAGE == 7
    assert len(result.facts_below) == 5


def test_the_same_position_gives_the_same_bytes(history: Board) -> None:
    begin(history)
    history.at += 9 * DAY
    texts = {
        draw_markdown(report(weekly(history))) + str(publish(weekly(history))) for _ in range(3)
    }
    assert len(texts) == 1


def test_hostile_titles_are_inert_in_every_form(history: Board) -> None:
    item = begin(history, HOSTILE)
    history.done(c.BlockItem(item, BlockerKind.OTHER, HOSTILE))
    history.at += 9 * DAY
    document = report(weekly(history))
    page = draw_html(document)
    assert "<script>" not in page and "&lt;script&gt;" in page
    marked = draw_markdown(document)
    assert "\x1b" not in marked and "<script>" not in marked and "\\*\\*x\\*\\*" in marked
    assert "[a](b)" not in marked
    assert "\x1b" not in "".join(draw_text(document, 80))


def test_what_was_entered_late_is_left_out_and_counted(history: Board) -> None:
    since = history.at
    item = begin(history)
    history.at += 2 * DAY
    keep(history, weekly(history))
    history.at += 3 * DAY
    early = history.at - 4 * DAY
    history.done(c.MoveItem(item, history.stage("Review").id, at=early, reason="forgotten"))
    result = weekly(history)
    assert result.window.since > since
    assert [part.count for part in result.left_out if "happened before it" in part.what] == [1]


def test_an_agenda_holds_what_needs_a_decision_and_no_more_than_fits(history: Board) -> None:
    held = begin(history, "held")
    history.done(c.BlockItem(held, BlockerKind.DECISION, "who pays?"))
    history.at += 9 * DAY
    result = weekly(history)
    text = "\n".join(draw_text(report(result, minutes=30), 100))
    assert "4 min" in text and "blocked for longer" in text and "26 of 30 minutes are left" in text
    assert "older than" not in text, "that is no decision"
    short = "\n".join(draw_text(report(result, minutes=2), 100))
    assert "Not in these 2 minutes:" in short and "blocked for longer" in short
    calm = replace(result, facts=())
    text = "\n".join(draw_text(report(calm, minutes=30), 100))
    assert "the meeting is not needed" in text


def test_without_anything_to_say_it_says_so(board: Board) -> None:
    result = weekly(board)
    assert rules(result.facts) == set()
    assert "Nothing needs attention." in "\n".join(draw_text(report(result), 100))


def test_a_stream_that_ended_says_since_when(history: Board) -> None:
    begin(history)
    history.at += 60 * DAY
    result = weekly(history)
    assert "age-p95" not in rules(result.facts)
    assert any("nothing moved since" in part.what for part in result.left_out)


def test_rules_are_judged_by_what_came(history: Board) -> None:
    """Two items that were flagged: one finished late, one is still open and late."""
    first = begin(history, "first")
    history.at += 9 * DAY
    begin(history, "second")
    history.at += 9 * DAY
    history.done(c.MoveItem(first, history.stage("Done").id))
    history.at += 5 * DAY
    result = read_rules(history.read, history.stream, history.at, present=True)
    by_id = {rule.id: rule for rule in result.rules}
    old = by_id["age-p95"]
    assert old.flagged is not None and old.right is not None and old.right <= old.flagged
    text = "\n".join(draw_text(report_rules(result), 100))
    assert "Rules that say what is so" in text and "over-limit" in text


def test_odds_of_due_dates_are_judged_by_what_came(history: Board) -> None:
    """Of two items whose odds fell one came late; one whose odds stayed high is no flag."""
    due = from_micros(history.at + 12 * DAY).date().isoformat()
    titles = ("late", "saved", "quick", "dropped")
    late, saved, quick, dropped = (begin(history, title) for title in titles)
    for item in (late, saved, quick, dropped):
        history.done(c.EditItem(item, {"due": due}))
    history.at += 4 * DAY
    history.done(c.MoveItem(quick, history.stage("Done").id))
    history.at += 6 * DAY
    history.done(c.MoveItem(saved, history.stage("Done").id))
    away = next(one for one in history.stream.order if one.category is Category.DROPPED)
    history.done(c.MoveItem(dropped, away.id))  # in time: that says nothing
    history.at += 4 * DAY
    history.done(c.MoveItem(late, history.stage("Done").id))
    history.at += 8 * DAY  # looks were on the first and eighth day
    begin(history, "another")
    result = read_rules(history.read, history.stream, history.at, present=True)
    rule = next(rule for rule in result.rules if rule.id == "due-odds")
    assert (rule.flagged, rule.right, rule.recall) == (2, 1, 1.0)


# -- two reports compared ----------------------------------------------------------------------


def test_two_reports_are_compared_in_words(history: Board) -> None:
    before = {"schema": "vsm.report/1", **publish(weekly(history))}
    begin(history)
    history.at += 9 * DAY
    after = {"schema": "vsm.report/1", **publish(weekly(history))}
    text = "\n".join(draw_text(compare_reports(before, after), 100))
    assert "New (" in text and "older than 95%" in text
    today = from_micros(history.at).date()
    assert f"{today:%b %Y}, against " in text, "days as reports write them"
    back = "\n".join(draw_text(compare_reports(after, before), 100))
    assert "No longer so (" in back
    with pytest.raises(BadInput, match="compare two of the same"):
        compare_reports(before, {**after, "subject": "Other"})
    broken: Any
    for broken in ([], {"facts": []}, {**after, "facts": [{"id": 3}]}):
        with pytest.raises(BadInput, match="vsm report"):
            check_report(broken, "a.json")


def test_a_limit_counts_from_when_it_was_set(history: Board) -> None:
    stage = history.stage("Review")
    items = [begin(history, f"r{n}", "Review") for n in range(3)]
    history.at += 20 * DAY
    history.done(c.SetStage(stage.id, {"limit": 2, "limit_kind": "soft"}))
    history.at += 5 * DAY
    fact = fact_of(weekly(history), "over-limit")
    assert fact is not None and set(fact.items) == set(items)
    assert 4 <= float(str(dict(fact.values)["days"])) <= 5, "not 25: the limit is 5 days old"


def test_a_report_of_the_past_hides_nothing_that_came_after(history: Board) -> None:
    """It is made now, but what happened between its end and now is told by the next one."""
    history.at += 4 * 3_600_000_000
    morning = history.at
    history.at += 3_600_000_000
    history.done(c.AddItem(1, "after the morning"))
    history.at += 3_600_000_000
    keep(history, weekly(history, until=morning, present=False))
    assert not weekly(history).nothing_changed


@pytest.mark.parametrize("name", ["Q4: grow", "a,b", '"x"', "{n}", "[1, 2]", "é 卡", ":"])
def test_any_name_is_kept_with_a_fact(name: str) -> None:
    fact = KeptFact(2, f"order/{name}", frozenset((7, 3)), name)
    assert read_kept(fact.text) == fact
    with pytest.raises(ValueError, match=r"no fact|Expecting|Extra"):
        read_kept(f"2:order:{name}")


def test_a_record_with_other_facts_is_refused(history: Board) -> None:
    values = record_values(weekly(history), 1, "md", "text")
    for facts in (("x",), ("[1, 2]",), ('[1, "a", ["b"], "c"]',), "abc"):
        refused = history.refused(c.AddEntity(MADE_REPORT, {**values, "facts": facts}))
        assert "no facts of a report" in refused.message


def test_marks_never_silence_what_is_so(history: Board) -> None:
    for n in range(25):
        values = {"fact": f"blocked/s{n}", "rule": "blocked", "only": 1, "mark": "wrong"}
        history.done(c.AddEntity(FACT_NOTE, values))
    known = read_rules(history.read, history.stream, history.at, present=True)
    by_id = {rule.id: rule for rule in known.rules}
    assert by_id["blocked"].wrong_marks == 25 and not by_id["blocked"].is_silent
    for _ in range(25):
        values = {"fact": "stale/s1", "rule": "stale", "only": 1, "mark": "wrong"}
        history.done(c.AddEntity(FACT_NOTE, values))
    known = read_rules(history.read, history.stream, history.at, present=True)
    assert {rule.id: rule for rule in known.rules}["stale"].wrong_marks == 1, "one person, one fact"


@pytest.mark.parametrize(
    ("number", "text"),
    [(2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st"), (113, "113th")],
)
def test_ordinals(number: int, text: str) -> None:
    assert ordinal(number) == text


def test_whoever_is_forgotten_is_no_longer_in_notes() -> None:
    from vsm.store.redaction import _PEOPLE

    names = {field.name for entity in ENTITIES.values() for field in entity.fields}
    by = {name for name in names if name.endswith("_by")} - {"need_by", "caused_by"}
    assert "noted_by" in by and by <= set(_PEOPLE)


def test_a_fact_is_further_down_for_the_cooldown_of_its_rule(history: Board) -> None:
    """Counted from the last report that had it on its first page; a new item brings it back."""
    stage = history.stage("Review")
    history.done(c.SetStage(stage.id, {"limit": 1, "limit_kind": "soft"}))
    history.at += 10 * DAY
    for n in range(2):
        begin(history, f"r{n}", "Build")
        item = max(history.read.open_items(1))
        history.done(c.MoveItem(item, stage.id, reason="both"))
    history.at += 4 * DAY
    first = weekly(history)
    keep(history, first)
    fact = fact_of(first, "over-limit")
    assert fact is not None and fact.was_first is None
    history.at += 3 * DAY
    again = fact_of(weekly(history), "over-limit")
    assert again is not None and (again.repeats, again.was_first) == (1, first.window.until)
    calm = _Making(Sources(history.read, history.stream, first.window.until, history.at,
                           present=True, last=history.read.entities(MADE_REPORT)[0]),
                   ReportKind.WEEKLY, history.read.entities(MADE_REPORT), first.window)  # fmt: skip
    assert calm.weight(again, 7) < calm.weight(again, 2) < calm.weight(replace(again, repeats=0), 7)


def test_the_figures_of_a_diagnosis_are_those_of_the_metrics(history: Board) -> None:
    begin(history)
    history.at += 9 * DAY
    data, facts = history.read.flow(history.stream, Query(), history.at, present=True)
    span = window(None, None, history.stream.zone, history.at)
    whole, some = figures_of(data, facts, span), flow_figures_of(data, span)
    assert tuple(some) == (whole.basic, whole.throughput, whole.ageing, whole.pace)
    assert some.ageing and some.pace
