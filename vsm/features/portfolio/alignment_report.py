"""The report on what the time of teams served: by objective, by team, and what served none."""

from __future__ import annotations

from collections.abc import Iterable

from vsm.features.portfolio.alignment_results import Alignment, TeamShare
from vsm.features.portfolio.report import served_none
from vsm.features.portfolio.results import ObjectiveRow, Portfolio
from vsm.model.plural import count
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    row,
)
from vsm.report.wording import Hint, listed, name_verb, percent

MORE, LESS = "▲", "▼"
"""An objective gets more, or less, than it is meant to."""
LEAST_DAYS = 0.5
"""Teams with fewer days for an objective are not named."""
_TEAMS = 4


def report_alignment(result: Portfolio, hint: Hint = name_verb) -> Document:
    """The page on the days of teams in the last 90 days."""
    title = "Share of work"
    aligned = result.alignment
    if aligned is None:
        text = "No team worked on anything in the last 90 days"
        return Document(title, (), (Section("", (Sentence(text),)),))
    sections = [Section("", tuple(_head(aligned, result, hint)))]
    if result.objectives:
        sections.append(Section("By objective", (_objectives(aligned, result),)))
    sections.append(Section("By team", (_teams(aligned),)))
    if aligned.unaligned:
        sections.append(Section("What served no objective", (_unaligned(aligned),)))
    return Document(title, (), tuple(sections))


def _head(aligned: Alignment, result: Portfolio, hint: Hint) -> Iterable[Part]:
    yield served_none(aligned)
    yield Sentence(
        f"{aligned.days:.0f} working days of {count(len(aligned.teams), 'team')}: a day of a team"
        " is shared in equal parts by the items in its working stages",
        "faint",
    )
    if not result.objectives:
        verb = "vsm objective add NAME says what work is for"
        yield Sentence(hint(verb, "{add_objective} adds an objective"))


def _objectives(aligned: Alignment, result: Portfolio) -> Table:
    columns = (
        Column("Objective", shrinks=True),
        Column("Days", right=True),
        Column("Share of work", bar=True, short="Share"),
        Column("Intended", right=True, short="Int."),
        Column("", right=True),
        Column("Teams", shrinks=True, wide=100),
    )
    rows = []
    for one in result.objectives:
        spent = aligned.spent_on(one.name)
        share = aligned.share(one.name)
        rows.append(
            row(
                Cell(one.name, "faint" if one.closed else "strong"),
                f"{spent.days:.0f}" if spent is not None else "0",
                Cell(percent(share), "text", share),
                percent(one.intended),
                _off(one, share),
                _teams_of(aligned, one.name),
                target=Target(f"Work for {one.name}", () if spent is None else spent.items),
            )
        )
    return Table(columns, tuple(rows))


def _off(one: ObjectiveRow, share: float) -> Cell:
    """How far the share of an objective is off what is intended, in points: ``▼ 28``."""
    if one.intended is None or one.closed:
        return Cell("")
    points = round(share * 100) - round(one.intended * 100)
    if not points:
        return Cell("=")
    text = f"{MORE if points > 0 else LESS} {abs(points)}"
    return Cell(text, "warn" if one.is_off else "text")


def _teams_of(aligned: Alignment, objective: str) -> str:
    """The teams whose days went to an objective, those with most first: ``Cards 12, Risk 8``."""
    days = [
        (part.days, team.team)
        for team in aligned.teams
        for part in team.objectives
        if part.objective == objective and part.days >= LEAST_DAYS
    ]
    days.sort(key=lambda pair: (-pair[0], pair[1]))
    return listed([f"{team} {spent:.0f}" for spent, team in days], _TEAMS) or "-"


def _teams(aligned: Alignment) -> Table:
    columns = (
        Column("Team", shrinks=True),
        Column("Days", right=True),
        Column("For objectives", bar=True, short="For"),
        Column("Most of it for", shrinks=True),
    )

    def line(team: TeamShare) -> Row:
        served = 1 - team.unaligned / team.days
        most = max(team.objectives, key=lambda part: part.days, default=None)
        return row(
            Cell(team.team, "strong"),
            f"{team.days:.0f}",
            Cell(percent(served), "text", served),
            "-" if most is None else f"{most.objective} {most.days:.0f}",
        )

    return Table(columns, tuple(map(line, aligned.teams)))


def _unaligned(aligned: Alignment) -> Table:
    columns = (
        Column("Without an objective", shrinks=True),
        Column("Type"),
        Column("Items", right=True),
        Column("Days", right=True),
        Column("Share of work", bar=True, short="Share"),
    )
    return Table(
        columns,
        tuple(
            row(
                Cell(work.stream, "strong"),
                work.type,
                f"{work.items}",
                f"{work.days:.0f}",
                Cell(percent(work.days / aligned.days), "text", work.days / aligned.days),
                target=Target(f"Without an objective: {work.stream}, {work.type}", work.behind),
            )
            for work in aligned.unaligned
        ),
    )
