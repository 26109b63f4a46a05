"""Reports on governance: the controls of a stream, a check, a replay, waivers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vsm.features.governance.results import (
    UNKNOWN_MOST,
    Announced,
    ControlResult,
    ControlRow,
    Governance,
    Interval,
    ModeRow,
    MoveCheck,
    Shadow,
    WaiverRow,
    Waivers,
)
from vsm.features.governance.targets import ControlTarget, WaiverTarget
from vsm.model.control.control import Disposition, Mode, Verdict, WaiverState
from vsm.model.rules import from_micros
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Section,
    Sentence,
    Table,
    Target,
    Tone,
    row,
)
from vsm.report.wording import Hint, count, day, days, listed, name_verb, number, percent

TONES: dict[Verdict, Tone] = {
    Verdict.PASS: "good",
    Verdict.FAIL: "bad",
    Verdict.INDETERMINATE: "warn",
    Verdict.WAIVED: "accent",
    Verdict.NOT_APPLICABLE: "faint",
}
LISTED = 30
"""Entries of a replay that the report lists; JSON has more."""

BEGIN = (
    (
        "vsm gov library lists controls that come with vsm, vsm gov add NAME sets one",
        "{add_control} lists controls that come with vsm, and sets one",
    ),
    (
        "vsm gov shadow NAME --days 90 shows what one would have stopped",
        "{replay_control} on a control shows what it would have stopped in the last 90 days",
    ),
    (
        "vsm gov mode supportive --reason TEXT lets it advise; controlling lets it refuse moves",
        "{set_mode} sets its mode: supportive advises, controlling refuses moves",
    ),
    (
        "vsm comply list shows what SOC 2 and GDPR ask for",
        "{list_frameworks} shows what SOC 2 and GDPR ask for",
    ),
)
"""How to begin, step by step: by verbs, and by keys."""


# -- the controls of a stream ---------------------------------------------------------------


def report(result: Governance, hint: Hint = name_verb) -> Document:
    """The report on the controls of a stream."""
    sections = [Section("", _summary(result, hint))]
    if result.controls:
        sections.append(Section("Controls", (_controls(result.controls),)))
    if not result.controls:
        steps = (Sentence(hint(*step), lead=f"{n}.") for n, step in enumerate(BEGIN, 1))
        sections.append(Section("How to begin", tuple(steps)))
    if result.announced:
        sections.append(Section("Announced", tuple(_announced(a) for a in result.announced)))
    return Document(f"Governance of {result.stream}", (), tuple(sections))


def _summary(result: Governance, hint: Hint) -> tuple[Part, ...]:
    lead = f", led by {result.lead}" if result.lead else ""
    parts = [Sentence(f"Mode of the stream: {result.mode}{lead}", "strong")]
    if not result.controls:
        parts.append(Sentence("No control is set"))
    elif all(control.is_later for control in result.controls):
        replay = hint("vsm gov shadow", "{replay_control}")
        parts.append(Sentence(f"No control was set then; {replay} replays one", "warn"))
    elif all(control.mode is Mode.OFF for control in result.controls):
        begin = hint("vsm gov mode supportive --reason TEXT", "{set_mode} sets the mode")
        text = f"No control checks anything in this stream yet: {begin}"
        parts.append(Sentence(text, "warn"))
    parts += [
        Sentence(c.idle, "warn") for c in result.controls if c.idle and c.mode is not Mode.OFF
    ]
    if result.open_waivers:
        verb = "waits" if result.open_waivers == 1 else "wait"
        lists = hint("vsm gov waivers", "{list_waivers}")
        text = f"{count(result.open_waivers, 'waiver')} {verb} for an answer: {lists}"
        parts.append(Sentence(text, "warn"))
    return tuple(parts)


def _controls(controls: Sequence[ControlRow]) -> Table:
    columns = (
        Column("Control"),
        Column("Mode"),
        Column("Demands", shrinks=True),
        Column("When", shrinks=True, wide=90),
        Column("Severity", wide=120),
        Column("Checked 30 d", right=True, short="Chk"),
        Column("Fails", right=True),
        Column("Unknown", right=True, short="?"),
        Column("Refused", right=True, short="Ref."),
        Column("Waived", right=True, wide=110, short="Wvd"),
        Column("Wait days", right=True, short="Wait"),
    )
    rows = (
        row(
            Cell(c.control, "strong"),
            Cell(_mode_mark(c), "faint" if c.mode is Mode.OFF else "text"),
            c.title,
            Cell(c.applies, "faint"),
            Cell(c.severity, "faint"),
            number(c.checked),
            Cell(number(c.failed), "bad" if c.failed else "text"),
            number(c.indeterminate),
            number(c.refused),
            number(c.waived),
            f"{c.wait_days:.1f}",
            target=ControlTarget(c.control, control=c.id),
        )
        for c in controls
    )
    return Table(columns, tuple(rows))


def _mode_mark(row: ControlRow) -> str:
    if row.is_later:
        return "set later"
    return row.mode.mark if row.mode is Mode.OFF else f"{row.mode.mark} {row.mode}"


def _announced(one: Announced) -> Sentence:
    until = f" until {day(one.until)}" if one.until else ""
    what = f"{one.control} is {one.mode}" if one.control else f"the stream is {one.mode}"
    return Sentence(
        f"{what} from {day(one.start)}{until}, decided by {one.decided_by}: {one.reason}", lead="•"
    )


def mode_sentence(one: ModeRow) -> Sentence:
    """A decision on a mode, as an item of a list."""
    until = f" until {day(one.until)}" if one.until else ""
    lead = f", led by {one.lead}" if one.lead else ""
    what = f"{one.control}: {one.mode}" if one.control else str(one.mode)
    decided = day(from_micros(one.decided_at).date())
    text = f"{what} from {day(one.start)}{until}{lead}, decided by {one.decided_by}"
    return Sentence(f"{text} on {decided}: {one.reason}", lead="•")


# -- checks ---------------------------------------------------------------------------------


def report_check(result: MoveCheck) -> Document:
    """The report on moving an item into a stage."""
    refusing = [r.control for r in result.results if r.disposition is Disposition.ENFORCED]
    if not result.results:
        first = Sentence("No control checks this move")
    elif refusing:
        verb = "refuses" if len(refusing) == 1 else "refuse"
        first = Sentence(f"The move would be refused: {listed(refusing)} {verb} it", "bad")
    else:
        first = Sentence("The move would go through", "good")
    parts: list[Part] = [first]
    for one in result.results:
        parts += _result(one, result.item)
    if result.recorded is not None:
        parts.append(Sentence(f"Recorded as a check by hand: entry #{result.recorded:,}"))
    if any(one.verdict is not Verdict.PASS for one in result.results):
        evidence = f"vsm comply evidence {result.item}"
        text = f"Evidence: {evidence} lists it, vsm comply attest and record add to it"
        parts.append(Sentence(text, "faint"))
    return Document(f"{result.item} → {result.stage_to}", (), (Section("", tuple(parts)),))


def _result(one: ControlResult, item: str) -> list[Part]:
    message = f": {one.message}" if one.message else ""
    parts: list[Part] = [
        Sentence(
            f"{one.control} ({one.mode}){message}",
            TONES[one.verdict],
            lead=str(one.verdict).replace("_", " "),
            lead_tone=TONES[one.verdict],
        )
    ]
    if one.verdict not in (Verdict.PASS, Verdict.WAIVED) and one.remedy:
        parts.append(Sentence(f"What to do: {one.remedy}", more=True))
    if one.disposition is Disposition.ENFORCED:
        waive = f"vsm gov waive {one.control} --item {item} --reason TEXT"
        parts.append(Sentence(f"Or ask for a waiver: {waive}", "faint", more=True))
    if one.verdict is not Verdict.PASS and one.template:
        text = f"vsm standard text {one.template} --item KEY"
        parts.append(Sentence(f"Text to begin with: {text}", "faint", more=True))
    return parts


# -- replays --------------------------------------------------------------------------------


def report_shadow(result: Shadow, hint: Hint = name_verb) -> Document:
    """The report on a control replayed over the past."""
    about = (f"{day(result.start)} to {day(result.end)}, version {result.version}",)
    sections = [Section("", _shadow_summary(result, hint))]
    if result.listed:
        sections.append(Section("Entries", (_replayed(result),)))
        more = result.blocked + result.indeterminate - min(len(result.listed), LISTED)
        if more > 0:
            export = hint("--json", "{export} as JSON has all")
            text = f"and {count(more, 'more entry', 'more entries')}: {export}"
            sections.append(Section("", (Sentence(text, "faint"),)))
    return Document(f"{result.control} replayed on {result.stream}", about, tuple(sections))


def _shadow_summary(result: Shadow, hint: Hint) -> tuple[Part, ...]:
    if not result.entries:
        other = hint(", --days and --as-of", "; {earlier} looks at an earlier time")
        text = f"No move in this time calls for the control: check when it applies{other}"
        return (Sentence(text),)
    entries = count(result.entries, "entry", "entries")
    refused = result.blocked + result.indeterminate
    text = f"Would have refused {refused:,} of {entries}"
    if result.indeterminate:
        text += f": {result.blocked:,} failed, {result.indeterminate:,} lacked facts"
    parts = [Sentence(text, "strong")]
    if result.cannot_tell:
        lacking = f"more than {percent(UNKNOWN_MOST)} of the entries lack facts"
        parts.append(Sentence(f"Cannot tell what the control finds: {lacking}", "warn"))
    if result.too_young:
        young = count(result.too_young, "entry is", "entries are")
        text = f"{young} not 30 days old and left out of precision and recall"
        parts.append(Sentence(text, target=Target(definition="too_young")))
    parts += [
        Sentence(
            f"{share_text(result.precision)}: {result.bad_blocked} of {result.judged_blocked}"
            " failed entries proved bad within 30 days",
            lead="Precision",
            target=Target(definition="precision"),
        ),
        Sentence(
            f"{share_text(result.recall)}: {result.bad_blocked} of the {result.bad} that proved bad"
            " had failed",
            lead="Recall",
            target=Target(definition="recall"),
        ),
        Sentence(
            f"{days(round(result.wait_days, 1))} over all failed entries; "
            f"{result.never_passed} never passed",
            lead="Wait added",
            target=Target(definition="wait_days"),
        ),
    ]
    return tuple(parts)


def share_text(share: Interval) -> str:
    """``41.7% (19.3–68.0%)``, or ``-`` where it is of nothing."""
    if share.share is None or share.low is None or share.high is None:
        return "-"
    return f"{share.share:.1%} ({100 * share.low:.1f}–{share.high:.1%})"


def _replayed(result: Shadow) -> Table:
    columns = (
        Column("Entry"),
        Column("Moved"),
        Column("Stage", shrinks=True, wide=70),
        Column("Verdict"),
        Column("Wait", right=True),
        Column("Proved bad", shrinks=True),
        Column("Not on record", shrinks=True, wide=100),
    )
    rows = (
        row(
            Cell(one.item, "strong"),
            day(from_micros(one.at).date()),
            one.stage,
            Cell(str(one.verdict), TONES[one.verdict]),
            _wait(one.verdict, one.wait_days),
            Cell(one.why_bad, "bad"),
            Cell(listed([path.replace("[]", "") for path in one.missing], 2), "faint"),
            target=Target(one.item, ((one.id, one.why_bad),)),
        )
        for one in result.listed[:LISTED]
    )
    return Table(columns, tuple(rows))


def _wait(verdict: Verdict, wait: float | None) -> str:
    if verdict is not Verdict.FAIL:
        return ""
    return "never" if wait is None else f"{wait:.1f}d"


# -- waivers --------------------------------------------------------------------------------


def report_waivers(result: Waivers, hint: Hint = name_verb) -> Document:
    """The report on waivers."""
    title = f"Waivers in {result.stream}" if result.stream else "Waivers"
    if not result.waivers:
        ask = hint(
            "vsm gov waive CONTROL --item KEY --reason TEXT", "{ask_waiver} on a control asks"
        )
        text = f"There are no waivers; ask for one: {ask}"
        return Document(title, (), (Section("", (Sentence(text),)),))
    waiting = [one for one in result.waivers if one.state is WaiverState.ASKED]
    answered = [one for one in result.waivers if one.state is not WaiverState.ASKED]
    sections = [Section("", (waivers_table(result.waivers),))]
    for head, waivers in (("To be answered", waiting), ("Reasons", answered)):
        if waivers:
            sections.append(Section(head, tuple(waiver_reasons(waivers))))
    return Document(title, (), tuple(sections))


def waiver_reasons(waivers: Iterable[WaiverRow]) -> Iterator[Sentence]:
    """Why each waiver was asked for, in full: a table would cut it."""
    for one in waivers:
        target = WaiverTarget(f"waiver {one.number}", waiver=one.id)
        yield Sentence(f"{one.asked_by}: {one.reason}", lead=str(one.number), target=target)


def waivers_table(waivers: Sequence[WaiverRow]) -> Table:
    """Waivers with who asked for and who answered them."""
    columns = (
        Column("Waiver", right=True),
        Column("Control"),
        Column("Covers", shrinks=True),
        Column("Stream", shrinks=True, wide=120),
        Column("From", wide=110),
        Column("Until"),
        Column("State"),
        Column("Asked by", shrinks=True, wide=90),
        Column("Answered by", shrinks=True, wide=100),
        Column("Used", right=True),
    )
    rows = (
        row(
            str(one.number),
            Cell(one.control, "strong"),
            one.scope,
            one.stream or "all",
            day(one.start),
            day(one.until),
            _state(one),
            one.asked_by,
            one.answered_by or "",
            str(one.used),
            target=WaiverTarget(f"waiver {one.number}", waiver=one.id),
        )
        for one in waivers
    )
    return Table(columns, tuple(rows))


def _state(waiver: WaiverRow) -> Cell:
    if waiver.state is WaiverState.ASKED:
        return Cell("asked", "warn")
    if waiver.state is not WaiverState.GRANTED:
        return Cell(str(waiver.state), "faint")
    left = waiver.expires_in_days
    if left is None:
        return Cell("over", "faint")
    return Cell(f"granted, {left} d left", "warn" if left <= 7 else "good")
