"""Reports on standards: the list, all parts of one, and the drift of a stream with its price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vsm.features.standards.results import (
    Agreement,
    ArtefactOfStandard,
    ControlOfStandard,
    Drift,
    DriftLine,
    Follower,
    Price,
    StandardList,
    StandardText,
)
from vsm.features.standards.targets import DeviationTarget, StandardTarget, TextTarget
from vsm.report.document import Cell, Column, Document, Section, Sentence, Table, Tone
from vsm.report.document import row as table_row
from vsm.report.wording import Hint, count, day, days, listed, name_verb, signed

DASH = "–"
PART_WIDE, SYNONYMS_WIDE = 90, 110
"""Cells without which parts, and synonyms, are left out."""
KEYS_MOST = 10
"""Items without an artefact that are named."""


def unfollowed_report(hint: Hint) -> Document:
    """The report on a stream that follows no standard: how to adopt one."""
    how = hint(
        "vsm standard list, vsm standard adopt STANDARD --reason TEXT",
        "{list_standards} lists standards, {adopt_standard} on one adopts it",
    )
    text = f"This stream follows no standard: {how}"
    return Document("Drift from the standard", (), (Section("", (Sentence(text),)),))


def drift_report(drift: Drift, hint: Hint = name_verb) -> Document:
    """The differences of a stream, which of them are agreed, and what they cost."""
    about = (Sentence(text) for text in _version_lines(drift, hint))
    sections = [Section("", (Sentence(summary(drift), "strong"), *about))]
    if differing := tuple(_difference(line) for line in drift.lines if not line.agreed):
        sections.append(Section("Not agreed", differing))
    if agreed := tuple(_difference(line) for line in drift.lines if line.agreed):
        sections.append(Section("Agreed", agreed))
    if not drift.lines:
        text = f"{drift.stream} is as {drift.title} has it."
        sections.append(Section("", (Sentence(text, "good"),)))
    if priced := tuple(_prices(drift.lines)):
        note = Sentence(
            f"Days in the stage, of items that left it in the last {drift.days} days, against"
            " streams that conform in that part. A difference does not show that the deviation is"
            " its cause.",
            "faint",
        )
        sections.append(Section("Price of deviations", (*priced, note)))
    if lacking := tuple(_lacking(drift.lines)):
        sections.append(Section("Items without artefacts", lacking))
    if drift.unused:
        rows = tuple(Sentence(_agreed_text(o), "faint", lead=o.part) for o in drift.unused)
        sections.append(Section("Agreed, but no difference", rows))
    title = f"{drift.stream} against the standard {drift.title}"
    return Document(title, (), tuple(sections))


def summary(drift: Drift) -> str:
    """``3 differences, 2 of them not agreed``."""
    if not drift.lines:
        return "no differences"
    return f"{count(len(drift.lines), 'difference')}, {drift.drift} of them not agreed"


def _version_lines(drift: Drift, hint: Hint) -> list[str]:
    about = f"{drift.standard}, version {drift.version}"
    if not drift.adopted:
        return [f"{about}; {drift.stream} does not follow it"]
    if drift.version_today is None:
        return [f"{about}, as adopted; its file is not there any more"]
    if drift.version_today != drift.version:
        today = hint("vsm standard diff --today compares with that", "{adopt_standard} adopts that")
        changed = f"its text has changed since (now {drift.version_today})"
        return [f"{about}, as adopted; {changed}: {today}"]
    return [about]


def _difference(line: DriftLine) -> Sentence:
    one = line.agreement
    items = tuple((number, "") for number in line.item_ids)
    target = DeviationTarget(
        line.stage or line.part,
        items=items,
        stage=None if items else line.stage_id,
        part=line.part,
        policies=line.policies,
    )
    if one is None:
        return Sentence(line.text, lead=line.part, target=target)
    tone: Tone = "warn" if one.is_over else "faint"
    text = f"{line.text} ({_agreed_text(one)})"
    return Sentence(text, tone, lead=line.part, target=target)


def _agreed_text(one: Agreement) -> str:
    """``agreed until 31 Mar 2027 by anna: two new people``."""
    until = ""
    if one.until is not None:
        until = f" {'and ended' if one.is_over else 'until'} {day(one.until)}"
    by = f" by {one.agreed_by}" if one.agreed_by else ""
    return f"agreed{until}{by}: {one.reason}"


def _prices(lines: Iterable[DriftLine]) -> Iterable[Sentence]:
    """A sentence for each price; those that nothing is compared with come last, in one."""
    alone: dict[str, str] = {}
    compared: set[str] = set()
    for line in lines:
        price = line.price
        if price is None or price.median_days is None:
            continue
        if price.others:
            compared.add(price.stage)
            is_slower = price.is_clear and (price.difference_days or 0) > 0
            text = f"{price.stage}: {price_text(price)}"
            yield Sentence(text, "warn" if is_slower else "text", lead=line.part)
        else:
            alone[price.stage] = f"{price.stage} {days(price.median_days)} ({price.n:,})"
    if others := [text for stage, text in alone.items() if stage not in compared]:
        text = f"No stream to compare with for median days (items) of {', '.join(others)}."
        yield Sentence(text, "faint")


def price_text(price: Price) -> str:
    """The price of a deviation against other streams, in words."""
    own = f"median {days(price.median_days)} ({price.n:,})"
    others = f"{listed(price.others, 3)} {days(price.others_median_days)} ({price.others_n:,})"
    if price.difference_days is None or price.low is None or price.high is None:
        return f"{own}, {others}; too few items to compare"
    return (
        f"{own}, {others}; difference {signed(price.difference_days)} days"
        f" (95%: {signed(price.low)} to {signed(price.high)})"
    )


def _lacking(lines: Iterable[DriftLine]) -> Iterable[Sentence]:
    for line in lines:
        if line.items:
            yield Sentence(listed(line.items, KEYS_MOST), lead=line.part)


# -- standards --------------------------------------------------------------------------------


def list_report(standards: StandardList) -> Document:
    """A row for each standard, and one for each stream that follows one."""
    columns = (
        Column("Standard"),
        Column("Version"),
        Column("Stages", right=True),
        Column("Controls", right=True, short="Ctrl."),
        Column("Artefacts", right=True, short="Art."),
        Column("From", wide=90),
        Column("About", shrinks=True),
    )
    rows = tuple(
        table_row(
            Cell(one.name, "strong"),
            one.version or "no file",
            *(str(number) if one.version else DASH for number in (one.stages, one.controls)),
            str(one.artefacts) if one.version else DASH,
            "you" if one.path else "vsm" if one.version else DASH,
            Cell(one.about, "faint"),
            target=StandardTarget(one.name, standard=one.name),
        )
        for one in standards.standards
    )
    followers = [(one.name, f) for one in standards.standards for f in one.followers]
    sections = [Section("Standards", (Table(columns, rows),))]
    if followers:
        followers.sort(key=lambda pair: pair[1].stream.casefold())
        sections.append(Section("Streams", (_followers(followers),)))
    verb = "follows" if len(followers) == 1 else "follow"
    about = f"{count(len(rows), 'standard')}, {count(len(followers), 'stream')} that {verb} one"
    return Document("Standards", (about,), tuple(sections))


def _followers(followers: Sequence[tuple[str, Follower]]) -> Table:
    columns = (
        Column("Stream", shrinks=True),
        Column("Standard"),
        Column("Version"),
        Column("Not agreed", right=True),
        Column("Agreed", right=True),
        Column("Reason", shrinks=True, wide=PART_WIDE),
        Column("Decided by", wide=SYNONYMS_WIDE),
    )
    rows = tuple(
        table_row(
            Cell(one.stream, "strong"),
            name,
            one.version if one.is_current else Cell(f"{one.version}, an earlier one", "warn"),
            Cell("unreadable", "bad") if one.drift is None else str(one.drift),
            str(one.agreed),
            Cell(one.reason, "faint"),
            Cell(one.decided_by, "faint"),
            target=StandardTarget(name, standard=name),
        )
        for name, one in followers
    )
    return Table(columns, rows)


def standard_report(standard: StandardText, hint: Hint = name_verb) -> Document:
    """Stages with their shared names, words, controls, artefacts, roles, and who follows it."""
    columns = (
        Column("Stage"),
        Column("Canonical"),
        Column("Category"),
        Column("WIP limit"),
        Column("Text"),
        Column("Synonyms", shrinks=True, wide=SYNONYMS_WIDE),
    )
    rows = tuple(
        table_row(
            Cell(stage.name, "strong"),
            stage.canonical,
            stage.category.value,
            DASH if stage.limit is None else f"{stage.limit} {stage.limit_kind}",
            stage.text or DASH,
            Cell(", ".join(stage.synonyms) or DASH, "faint"),
            target=TextTarget(stage.name, text=stage.text) if stage.text else None,
        )
        for stage in standard.stages
    )
    sections = [Section("Stages", (Table(columns, rows),))]
    lists = (
        ("Vocabulary", _bullets(f"{name}: {word}" for name, word in _vocabulary(standard))),
        ("Controls", _bullets(_control(c, hint) for c in standard.controls)),
        ("Artefacts", tuple(map(_artefact, standard.artefacts))),
        ("Roles", _bullets(standard.roles)),
    )
    sections += [Section(title, sentences) for title, sentences in lists if sentences]
    if standard.followers:
        table = _followers([(standard.name, one) for one in standard.followers])
        sections.append(Section("Streams", (table,)))
    where = standard.path or "comes with vsm"
    about = (standard.about, f"version {standard.version}, {where}")
    return Document(f"The standard {standard.title}", tuple(filter(None, about)), tuple(sections))


def _bullets(texts: Iterable[str]) -> tuple[Sentence, ...]:
    return tuple(Sentence(text, lead="•") for text in texts)


def _vocabulary(standard: StandardText) -> list[tuple[str, str]]:
    return sorted(standard.vocabulary.items())


def _control(one: ControlOfStandard, hint: Hint) -> str:
    add = hint("vsm gov add", "{add_control} sets it")
    return f"{one.control}, {one.mode} at least" + ("" if one.is_set else f"; not set here: {add}")


def _artefact(one: ArtefactOfStandard) -> Sentence:
    text = f"{one.title}: from {one.at} on" if one.at else f"{one.title}: once finished"
    target = TextTarget(one.title, text=one.text) if one.text else None
    return Sentence(text, lead="•", target=target)
