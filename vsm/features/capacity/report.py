"""The report on the capacity of teams: all of them in a table, or one with its weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from vsm.features.capacity.load import SATURATED
from vsm.features.capacity.results import (
    Basis,
    Capacity,
    Option,
    PlanOutcome,
    Predictions,
    Saturation,
    TeamCapacity,
    Trend,
)
from vsm.features.capacity.text import verdict_text, wait_days
from vsm.model.field_types import fraction_text
from vsm.model.sanitise import inert_line
from vsm.report.charts import LoadChart, LoadWeek, Stop
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
    Tone,
    row,
)
from vsm.report.wording import count, day, days, listed, number, percent

FULL = "▲"
"""The mark of 85% and more."""
ARROWS = {"up": "▲", "down": "▼"}
PAST_WEEKS = 26


@dataclass(frozen=True, slots=True)
class TeamTarget(Target):
    """A line about a team, which opens the team."""

    team: int | None = None
    pin: int | None = None
    """The kept prediction that it is about."""


def report(result: Capacity, team: TeamCapacity | None = None) -> Document:
    """The report on all teams, or on one of them."""
    about = (f"What if: {inert_line(result.plan)}",) if result.plan else ()
    compared = [Section(*_plans(result.plans))] if result.plans else []
    if team is not None:
        return Document(f"Team {team.name}", about, (*compared, *_one(team)))
    if not result.teams:
        return Document("Teams", about, (Section("", (Sentence(_NO_TEAMS),)),))
    sections = [*compared, Section("", _summary(result)), Section("Teams", (_table(result.teams),))]
    notes = [
        Sentence(sentence, lead=one.name, lead_tone="strong")
        for one in result.teams
        if one.stages and (one.is_saturated or one.saturation or one.dips)
        for sentence in (_verdict(one),)
    ]
    if notes:
        sections.append(Section("What to do", tuple(notes)))
    if result.predictions.rows:
        sections.append(Section("Kept predictions", _predictions(result.predictions)))
    return Document("Teams", about, tuple(sections))


_NO_TEAMS = "There are no teams yet: vsm team add NAME, then vsm stage set STAGE --team NAME."


def _summary(result: Capacity) -> tuple[Part, ...]:
    now = [team.name for team in result.teams if team.is_saturated]
    ahead = [t.name for t in result.teams if t.saturation is not None and not t.is_saturated]
    parts = []
    if now:
        verb = "is" if len(now) == 1 else "are"
        parts.append(Sentence(f"{listed(now)} {verb} saturated: 85% used or more", "bad"))
    if ahead:
        parts.append(Sentence(f"{listed(ahead)}: saturation ahead", "warn"))
    short = [team.name for team in result.teams if team.dips]
    if short:
        parts.append(Sentence(f"{listed(short)}: short of people for a few weeks of leave", "warn"))
    if all(team.utilisation is None for team in result.teams):
        return (
            Sentence(
                "The load of no team is known: give active stages to teams with e on the map"
                " (screen 2), or vsm stage set STAGE --team NAME.",
                "warn",
            ),
        )
    if not now and not ahead:
        weeks = count(result.weeks_ahead, "week")
        parts.append(Sentence(f"No team is saturated, now or in {weeks}", "good"))
    return tuple(parts)


def _verdict(team: TeamCapacity) -> str:
    """When a team is saturated, and the better way out."""
    return " ".join((verdict_text(team), *(option.why for option in team.options[:1])))


def _table(teams: Sequence[TeamCapacity]) -> Table:
    columns = (
        Column("Team", shrinks=True),
        Column("Type", wide=130, shrinks=True),
        Column("People", right=True),
        Column("in 8 wk", right=True, wide=100),
        Column("Visits/day", right=True, short="λ"),
        Column("Used", right=True, bar=True),
        Column("", wide=0),
        Column("Wait", right=True, wide=76),
        Column("Measured", right=True, wide=76, short="Meas."),
        Column("Saturated"),
        Column("Signals", wide=110),
        Column("Stages", shrinks=True, wide=140),
    )
    return Table(columns, tuple(_row(team) for team in teams))


def _row(team: TeamCapacity) -> Row:
    used = team.utilisation
    tone: Tone = "bad" if team.is_saturated else "text"
    mark = FULL if team.is_saturated else "~" if team.basis in (Basis.ASSUMED, Basis.ROUGH) else ""
    return row(
        Cell(team.name, "strong"),
        Cell(team.type or "", "faint"),
        _people(team.people),
        Cell(_people(team.people_later), "faint" if team.people_later == team.people else "warn"),
        "" if team.arrivals is None else f"{team.arrivals:.1f}",
        Cell(_used(team), tone, None if used is None else min(used, 1.2)),
        Cell(mark, tone),
        _short_days(team.expected_wait, over=used is not None and used >= 1),
        _short_days(team.measured_wait),
        Cell(_when(team.saturation, team), tone),
        Cell(_arrows(team), "warn"),
        Cell(listed(team.stages, 3) if team.stages else "none", "faint"),
        target=TeamTarget(team.name, team=team.id),
    )


def _arrows(team: TeamCapacity) -> str:
    """The load that is not stages and that goes up, or down, by a signal."""
    words = {
        "visits a week": "visits",
        "types of work a week": "types",
        "streams a week": "streams",
    }
    return " ".join(
        f"{words.get(trend.name, trend.name)} {ARROWS[trend.direction]}"
        for trend in team.trends
        if trend.direction
    )


def _people(people: float) -> str:
    return f"{people:.3g}" if people else "-"


def _used(team: TeamCapacity) -> str:
    if team.basis is Basis.SEVERAL:
        return "several each"
    return percent(team.utilisation)


def _short_days(value: float | None, *, over: bool = False) -> str:
    if over:
        return "grows"
    return "-" if value is None else f"{value:.1f} d"


def _when(saturation: Saturation | None, team: TeamCapacity) -> str:
    """``now``, ``~ wk 12, 70% sure``, ``wk 6 to 15``, or nothing."""
    if team.is_saturated:
        return "now"
    if saturation is None and team.dips:
        return f"dip in wk {(team.dips[0].week - _present_week(team)).days // 7}"
    if saturation is None:
        return "" if team.utilisation is None else "-"
    if saturation.weeks_ahead is not None:
        sure = percent(saturation.probability)
        return f"~ wk {saturation.weeks_ahead}, {sure} sure"
    now = _present_week(team)
    begin = (saturation.earliest - now).days // 7
    if saturation.latest is None:
        return f"wk {begin} or later"
    return f"wk {begin} to {(saturation.latest - now).days // 7}"


def _present_week(team: TeamCapacity) -> date:
    return next(week.week for week in team.weeks if week.planned)


# -- plans ----------------------------------------------------------------------------------


def _plans(plans: Sequence[PlanOutcome]) -> tuple[str, tuple[Part, ...]]:
    """The plans that are tried beside what is."""
    columns = (
        Column("Plan", shrinks=True),
        Column("Team"),
        Column("People", right=True),
        Column("Busiest 4 weeks", right=True, short="Busiest"),
        Column("Mean wait", right=True),
        Column("Saturated", right=True),
    )
    rows: list[Row] = []
    words: list[Part] = []
    for outcome in plans:
        name = inert_line(outcome.plan)
        for n, team in enumerate(outcome.teams):
            none = "-" if team.people_after else "nobody"
            rows.append(
                row(
                    Cell("" if n else name, "strong"),
                    team.name,
                    f"{team.people_before:.3g} → {team.people_after:.3g}",
                    f"{percent(team.busiest_before)} → {percent(team.busiest_after, unknown=none)}",
                    f"{_short_days(team.wait_before)} → {_short_days(team.wait_after)}",
                    f"{_from(team.saturated_before)} → {_from(team.saturated_after)}",
                )
            )
        before, after = outcome.item_days_before, outcome.item_days_after
        tone: Tone = "good" if after < before else "warn" if after > before else "text"
        text = f"{name}: items of all teams wait {before:,.0f} → {after:,.0f} item-days ahead"
        words.append(Sentence(text if outcome.teams else f"{name} changes no team", tone))
    return "What if", (*words, *((Table(columns, tuple(rows)),) if rows else ()))


def _predictions(predictions: Predictions) -> tuple[Part, ...]:
    """What was predicted, what came, and the score."""
    words: dict[bool | None, tuple[str, Tone]] = {
        None: ("open", "text"),
        True: ("came true", "good"),
        False: ("did not", "warn"),
    }
    rows = tuple(
        row(
            inert_line(one.name),
            Cell(*words[one.came_true]),
            Cell(f"kept {day(one.pinned_on)}", "faint"),
            Cell(inert_line(one.note), "faint"),
            target=TeamTarget(inert_line(one.name), pin=one.id),
        )
        for one in predictions.rows
    )
    columns = (
        Column("", shrinks=True),
        Column(""),
        Column("", wide=100),
        Column("", wide=120, shrinks=True),
    )
    score = "No day is over yet: no score."
    if predictions.brier is not None:
        over = count(predictions.scored, "prediction")
        score = f"Brier score {predictions.brier:.2f} of {over} (0 is best, always 50% gives 0.25)"
    return Table(columns, rows), Sentence(score, "faint")


def _from(week: date | None) -> str:
    return "-" if week is None else day(week)


# -- one team -------------------------------------------------------------------------------


def _one(team: TeamCapacity) -> list[Section]:
    tone: Tone = "bad" if team.is_saturated else "warn" if team.saturation else "text"
    words = [Sentence(text, tone if text == team.text[-1] else "text") for text in team.text]
    sections = [Section("", tuple(words))]
    if any(week.demand is not None for week in team.weeks):
        sections.append(Section("", (load_chart(team),)))
    if team.options:
        notes = tuple(Sentence(note, "faint") for note in team.notes)
        sections.append(Section("Pivot or hire", (*_options(team.options), *notes)))
    sections.append(Section("Figures", (_figures(team),)))
    if team.interactions:
        sections.append(Section("Interactions", (_interactions(team),)))
    if team.trends:
        sections.append(Section("Load that is not stages", (_trends(team.trends),)))
    if team.allocations:
        sections.append(Section("Allocations", (_allocations(team),)))
    return sections


def load_chart(team: TeamCapacity) -> LoadChart:
    """The last 26 weeks and those ahead, in people."""
    past = [week for week in team.weeks if not week.planned][-PAST_WEEKS:]
    weeks = [*past, *(week for week in team.weeks if week.planned)]
    known = bool(team.people)
    stops = tuple(
        Stop(
            f"{day(week.week)}: {percent(week.utilisation, unknown='nobody there')}"
            + (" expected" if week.planned and week.utilisation is not None else "")
        )
        for week in weeks
    )
    return LoadChart(
        id="load",
        title="Load against people by week" if known else "Load against slots by week",
        summary="",
        about=(),
        stops=stops,
        weeks=tuple(
            LoadWeek(
                week.week,
                week.demand,
                week.people if known or week.people else team.slots_per_person,
                week.planned,
            )
            for week in weeks
        ),
        full=SATURATED,
        unit="people" if known else "slots",
    )


def _options(options: Sequence[Option]) -> list[Part]:
    parts: list[Part] = [
        Sentence(option.why, "strong" if n == 1 else "text", lead=f"{n}.")
        for n, option in enumerate(options, 1)
    ]
    columns = (
        Column("Way"),
        Column("People", right=True),
        Column("Wait before", right=True),
        Column("after", right=True),
        Column("Donor loses", right=True),
        Column("Item-days in all", right=True),
        Column("Counts from"),
    )
    rows = tuple(
        row(
            f"from {option.donor}" if option.donor else "hire",
            f"{option.delta:g}",
            f"{option.wait_before:.1f} d",
            f"{option.wait_after:.1f} d",
            f"{option.donor_loss:.0f} item-days" if option.donor else "",
            f"{option.item_days:,.0f}",
            day(option.productive_from),
        )
        for option in options
    )
    return [*parts, Table(columns, rows)]


def _figures(team: TeamCapacity) -> Table:
    rows = [
        ("Stages", listed(team.stages) if team.stages else "none"),
        ("People", f"{_people(team.people)} now, {_people(team.people_later)} in 8 weeks"),
        ("Slots of a person", number_or_dash(team.slots_per_person, 2) + f" ({team.basis.value})"),
        ("Visits a day", number_or_dash(team.arrivals, 2)),
        ("Work of a visit", days(team.work)),
        ("Time in stage", f"{days(team.in_stage)}, without blocked time"),
        ("Items in stage", _in_stage(team)),
        ("Wait", f"{_expected(team)}, measured {wait_days(team.measured_wait)}"),
        ("Queue trend", f"{number_or_dash(team.queue_growth, 1)} items a week"),
        (
            "Variation",
            f"arrivals {number_or_dash(team.arrival_variation, 2)},"
            f" work {number_or_dash(team.work_variation, 2)}",
        ),
    ]
    columns = (Column(""), Column("", shrinks=True))
    return Table(columns, tuple(row(Cell(name, "faint"), text) for name, text in rows))


def _in_stage(team: TeamCapacity) -> str:
    """The items in its active stages, and how many of them take a slot."""
    if team.in_work is None or team.arrivals is None or team.work is None:
        return number(team.in_work)
    busy = team.arrivals * team.work
    if team.basis not in (Basis.MEASURED, Basis.ROUGH) or busy > team.in_work:
        return f"{team.in_work:.1f}, blocked ones too"
    return f"{team.in_work:.1f}: {busy:.1f} worked on, the rest waits or is blocked"


def _expected(team: TeamCapacity) -> str:
    if team.utilisation is not None and team.utilisation >= 1:
        return "the queue grows"
    return f"expected {wait_days(team.expected_wait)}"


def number_or_dash(value: float | None, digits: int) -> str:
    """A number with so many decimals, ``-`` for none."""
    return "-" if value is None else f"{value:.{digits}f}"


def _interactions(team: TeamCapacity) -> Table:
    rows = tuple(
        row(
            one.other,
            one.mode,
            Cell("" if one.until is None else day(one.until), "bad" if one.overdue else "text"),
            Cell("overdue" if one.overdue else "", "bad"),
            one.purpose,
        )
        for one in team.interactions
    )
    columns = (
        Column("With"),
        Column("Mode"),
        Column("Until"),
        Column(""),
        Column("For", shrinks=True),
    )
    return Table(columns, rows)


def _trends(trends: Sequence[Trend]) -> Table:
    rows = tuple(
        row(
            Cell(trend.name, "faint"),
            f"{trend.now:.3g}",
            Cell(ARROWS.get(trend.direction or "", ""), "warn"),
            "" if trend.usual is None else f"usually {trend.usual:.1f}",
        )
        for trend in trends
    )
    return Table((Column(""), Column("", right=True), Column(""), Column("")), rows)


def _allocations(team: TeamCapacity) -> Table:
    rows = tuple(
        row(
            one.login,
            fraction_text(one.fraction),
            "" if one.start is None else day(one.start),
            "" if one.end is None else day(one.end),
            ", ".join(one.skills),
        )
        for one in team.allocations or ()
    )
    columns = (
        Column("Member"),
        Column("Fraction", right=True),
        Column("From"),
        Column("To"),
        Column("Skills", shrinks=True),
    )
    return Table(columns, rows)
