"""Forms of the portfolio: initiatives, what delay costs, worth, objectives, indicators, money."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vsm.model.command import AddEntity, ChangeEntity, Command, RemoveEntity
from vsm.model.dates import WORDS
from vsm.model.entity import Entity
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.field_types import fraction_text
from vsm.model.portfolio import DelayProfile, Horizon, IndicatorRole, Initiative, InitiativeState
from vsm.model.portfolio_entities import (
    CONTRIBUTION,
    INDICATOR,
    INDICATOR_READING,
    INITIATIVE,
    OBJECTIVE,
    SPENDING,
)
from vsm.screens.change_form import ask, reads_day, today_of
from vsm.screens.forms import Values
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from vsm.screens.report_screen import ReportScreen

SETTABLE = ("funnel", "reviewing", "analysing", "ready")
"""States that are set; the others are decided."""


async def known(screen: ReportScreen, entity: Entity[Any]) -> list[Any]:
    """All of an entity as they are now."""
    return await screen.host.reading.call(lambda reader: reader.entities(entity))


async def initiative_of(screen: ReportScreen, number: int) -> Initiative | None:
    """An initiative as it is now."""
    return next((one for one in await known(screen, INITIATIVE) if one.id == number), None)


def plain(value: float | None) -> str:
    """A number as a field has it; empty of none."""
    return "" if value is None else f"{value:.12g}"


def _or_none(values: Values, *names: str) -> dict[str, Any]:
    return {name: values[name] or None for name in names}


async def add_initiative(screen: ReportScreen) -> None:
    """Ask for a new initiative."""
    day = reads_day(today_of(screen))
    fields = [
        FieldSpec("name", "Name", "", "what people call it"),
        FieldSpec("filter", "Items", "", "label:loyalty, or key:PAY-7 with its parts"),
        FieldSpec("hypothesis", "Hypothesis", "", "what it is believed to change", lines=2),
        FieldSpec("mvp", "MVP", "", "the smallest thing that would show it"),
        FieldSpec("need_by", "Needed by", "", WORDS, read=day),
        FieldSpec("more_items", "More items", "", "expected beyond those that are there"),
    ]

    def command(values: Values) -> Command:
        texts = {name: values[name] for name in ("name", "filter", "hypothesis", "mvp")}
        return AddEntity(INITIATIVE, {**texts, **_or_none(values, "need_by", "more_items")})

    await ask(screen, "Add an initiative", fields, command)


async def edit_initiative(screen: ReportScreen, number: int) -> None:
    """Ask for changes of an initiative."""
    one = await initiative_of(screen, number)
    if one is None:
        return
    day = reads_day(today_of(screen))
    state = InitiativeState(one.state)
    fields = [
        FieldSpec("name", "Name", one.name),
        FieldSpec("filter", "Items", one.filter, "label:loyalty, or key:PAY-7 with its parts"),
        FieldSpec("hypothesis", "Hypothesis", one.hypothesis, lines=2),
        FieldSpec("mvp", "MVP", one.mvp, "the smallest thing that would show it"),
        FieldSpec("need_by", "Needed by", one.need_by or "", WORDS, read=day),
        FieldSpec("more_items", "More items", plain(one.more_items), "expected beyond those"),
        FieldSpec("sponsor", "Sponsor", one.sponsor or "", "login of who wants it"),
    ]
    if state.value in SETTABLE:
        fields.append(FieldSpec("state", "State", state.value, choices=SETTABLE))

    def command(values: Values) -> Command:
        changes = {name: values[name] for name in ("name", "filter", "hypothesis", "mvp")}
        changes |= _or_none(values, "need_by", "more_items", "sponsor")
        if "state" in values:
            changes["state"] = values["state"]
        return ChangeEntity(INITIATIVE, number, changes)

    await ask(screen, f"Edit {one.name}", fields, command)


async def set_delay(screen: ReportScreen, number: int) -> None:
    """Ask how delay costs, and how much."""
    one = await initiative_of(screen, number)
    if one is None:
        return
    day = reads_day(today_of(screen))
    fields = [
        FieldSpec("profile", "How", one.profile, choices=tuple(map(str, DelayProfile))),
        FieldSpec("delay_likely", "Likely", plain(one.delay_likely), "a week; of a deadline once"),
        FieldSpec("delay_low", "At least", plain(one.delay_low)),
        FieldSpec("delay_high", "At most", plain(one.delay_high)),
        FieldSpec("currency", "Unit", one.currency or await currency_of(screen), "EUR, points"),
        FieldSpec("delay_from", "From", one.delay_from or "", "of a window", read=day),
        FieldSpec("delay_until", "Until", one.delay_until or "", "deadline or window", read=day),
        FieldSpec("half_life", "Half after", plain(one.half_life), "weeks, where it decays"),
    ]
    about = (
        "What is lost by a week: users who leave, money that is not earned, work done by hand, a"
        " fine. linear: the same every week; deadline: all at once; window: in a season; decay:"
        " ever less."
    )

    def command(values: Values) -> Command:
        names = [field.name for field in fields if field.name not in ("profile", "currency")]
        changes = {"profile": values["profile"], "currency": values["currency"]}
        return ChangeEntity(INITIATIVE, number, {**changes, **_or_none(values, *names)})

    await ask(screen, f"What delay of {one.name} costs", fields, command, about)


async def currency_of(screen: ReportScreen) -> str:
    """The unit that the other initiatives are counted in."""
    return next((one.currency for one in await known(screen, INITIATIVE) if one.currency), "")


async def set_worth(screen: ReportScreen, number: int) -> None:
    """Ask what an initiative costs and brings."""
    one = await initiative_of(screen, number)
    if one is None:
        return
    day = reads_day(today_of(screen))
    fields = [
        FieldSpec("day_rate", "A day of work", plain(one.day_rate), "on one item, what it costs"),
        FieldSpec("remaining", "Still to pay", plain(one.remaining), "if not the work left"),
        FieldSpec("budget", "Budget", plain(one.budget), "what it may cost in all"),
        FieldSpec("benefit_likely", "Brings", plain(one.benefit_likely), "a week, once there"),
        FieldSpec("benefit_low", "At least", plain(one.benefit_low)),
        FieldSpec("benefit_high", "At most", plain(one.benefit_high)),
        FieldSpec("benefit_until", "Up to", one.benefit_until or "", WORDS, read=day),
        FieldSpec("benefit_odds", "Odds", fraction_text(one.benefit_odds), "of any benefit: 80%"),
        FieldSpec("currency", "Unit", one.currency or await currency_of(screen), "EUR, points"),
    ]

    def command(values: Values) -> Command:
        names = [f.name for f in fields if f.name not in ("benefit_odds", "currency")]
        changes = {"currency": values["currency"], "benefit_odds": values["benefit_odds"] or 1}
        return ChangeEntity(INITIATIVE, number, {**changes, **_or_none(values, *names)})

    await ask(screen, f"What {one.name} costs and brings", fields, command)


# -- objectives ------------------------------------------------------------------------------


async def add_objective(screen: ReportScreen) -> None:
    """Ask for a new objective."""
    fields = [
        FieldSpec("name", "Name", "", "what work is for"),
        FieldSpec("about", "About", "", "what will be different", lines=2),
        FieldSpec("horizon", "Horizon", Horizon.NOW.value, choices=tuple(map(str, Horizon))),
        FieldSpec("share", "Intended", "", "share of all work: 40%"),
    ]

    def command(values: Values) -> Command:
        texts = {name: values[name] for name in ("name", "about", "horizon")}
        return AddEntity(OBJECTIVE, {**texts, **_or_none(values, "share")})

    await ask(screen, "Add an objective", fields, command)


async def tie_objective(screen: ReportScreen, number: int) -> None:
    """Ask which part of an initiative's work serves an objective."""
    one = await initiative_of(screen, number)
    objectives = {aim.name: aim.id for aim in await known(screen, OBJECTIVE) if not aim.closed}
    if one is None:
        return
    if not objectives:
        screen.say(screen.keys("There is no objective yet: {add_objective} adds one"), "warn")
        return
    ties = [tie for tie in await known(screen, CONTRIBUTION) if tie.initiative == number]
    free = max(0.0, 1 - sum(tie.weight for tie in ties))
    fields = [
        FieldSpec("objective", "Objective", next(iter(objectives)), choices=tuple(objectives)),
        FieldSpec(
            "weight", "Part", f"{free:.0%}" if free else "", "of its work: 60%; empty: no longer"
        ),
    ]

    def command(values: Values) -> Command | Refusal:
        objective = objectives[values["objective"]]
        tie = next((tie for tie in ties if tie.objective == objective), None)
        weight = values["weight"]
        if tie is not None:
            if not weight:
                return RemoveEntity(CONTRIBUTION, tie.id)
            return ChangeEntity(CONTRIBUTION, tie.id, {"weight": weight})
        if not weight:
            return Refusal(
                RefusalCode.INVALID, f"{one.name} does not serve it yet", "give a part: 60%"
            )
        values_of = {"initiative": number, "objective": objective, "weight": weight}
        return AddEntity(CONTRIBUTION, values_of)

    await ask(screen, f"What {one.name} serves", fields, command)


# -- indicators and money --------------------------------------------------------------------


async def add_indicator(screen: ReportScreen, number: int) -> None:
    """Ask for a new indicator of an initiative."""
    one = await initiative_of(screen, number)
    if one is None:
        return
    today = today_of(screen)
    day = reads_day(today)
    roles = tuple(role.value for role in IndicatorRole if role is not IndicatorRole.KEY_RESULT)
    fields = [
        FieldSpec("name", "Name", "", "what is measured"),
        FieldSpec("role", "Role", roles[0], choices=roles),
        FieldSpec("start", "From value", "0"),
        FieldSpec("target", "To value", "", "where it is to be; of a guard: its bound"),
        FieldSpec("first", "From", today.isoformat(), WORDS, read=day),
        FieldSpec("last", "Until", "", WORDS, read=day),
        FieldSpec("unit", "Unit", ""),
    ]

    def command(values: Values) -> Command:
        return AddEntity(INDICATOR, {**values, "initiative": number})

    await ask(screen, f"Add an indicator to {one.name}", fields, command)


async def read_indicator(screen: ReportScreen, number: int) -> None:
    """Ask for the value of an indicator."""
    one = await initiative_of(screen, number)
    own = {i.name: i.id for i in await known(screen, INDICATOR) if i.initiative == number}
    if one is None:
        return
    if not own:
        screen.say(screen.keys("It has no indicator yet: {add_indicator} adds one"), "warn")
        return
    await ask_reading(screen, f"Read an indicator of {one.name}", own)


async def ask_reading(screen: ReportScreen, title: str, own: Mapping[str, int]) -> None:
    """Ask for the value of one of these indicators (ids by name)."""
    await _ask_dated(
        screen,
        title,
        [
            FieldSpec("indicator", "Indicator", next(iter(own)), choices=tuple(own)),
            FieldSpec("value", "Value", ""),
        ],
        lambda values: AddEntity(
            INDICATOR_READING, {**values, "indicator": own[values["indicator"]]}
        ),
    )


async def put_spending(screen: ReportScreen, number: int) -> None:
    """Ask for an amount that was spent."""
    one = await initiative_of(screen, number)
    if one is None:
        return
    await _ask_dated(
        screen,
        f"Spent on {one.name}",
        [FieldSpec("amount", "Amount", "", f"in {one.currency}" if one.currency else "")],
        lambda values: AddEntity(SPENDING, {**values, "initiative": number}),
    )


async def _ask_dated(
    screen: ReportScreen,
    title: str,
    fields: Sequence[FieldSpec],
    command: Callable[[Values], Command],
) -> None:
    """Ask for what has a day and a source."""
    today = today_of(screen)
    dated = [
        *fields,
        FieldSpec("day", "Day", today.isoformat(), WORDS, read=reads_day(today)),
        FieldSpec("source", "Source", "", "where it is from"),
    ]
    await ask(screen, title, dated, command)
