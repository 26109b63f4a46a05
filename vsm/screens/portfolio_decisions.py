"""Decisions on initiatives, and the order that people chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.features.portfolio.records import decision_due
from vsm.features.portfolio.report import in_order
from vsm.features.portfolio.wording import odds, returns
from vsm.model.command import ChangeEntity, DecideInitiative, ReviewDecision
from vsm.model.decide.portfolio import decisions_in
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.plural import count
from vsm.model.portfolio import DecisionKind, Hindsight, InitiativeState
from vsm.model.portfolio_entities import DECISION, INITIATIVE
from vsm.report.wording import day
from vsm.screens.change_form import today_of
from vsm.screens.dialogs import AskDialog, ConfirmDialog, PickDialog
from vsm.screens.portfolio_forms import initiative_of, known
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.reader import Reader
    from vsm.screens.portfolio import PortfolioScreen
    from vsm.session import ChangeGroup, Session

_CHOICES = {
    DecisionKind.START: "it is under way from now on",
    DecisionKind.CONTINUE: "it goes on; asked again in 30 days",
    DecisionKind.PARK: "it is ready and waits",
    DecisionKind.PIVOT: "it ends, something else comes of it",
    DecisionKind.STOP: "it ends; its items stay where they are",
    DecisionKind.DELIVER: "it is there",
    DecisionKind.PIN: "nothing is decided, the figures are kept",
}


async def _pick(screen: PortfolioScreen, title: str, rows: list[Row], hint: str) -> str | None:
    return await screen.app.push_screen_wait(
        PickDialog(
            title,
            lambda text: [row for row in rows if text.strip().casefold() in row.name],
            placeholder=hint,
            keys="{list_up} {list_down}: choose · {confirm}: take it · {cancel}: cancel",
            tall=False,
        )
    )


async def decide(screen: PortfolioScreen, number: int) -> None:
    """Ask what is decided and why; the figures that are shown are kept with it."""
    one = await initiative_of(screen, number)
    if one is None:
        return
    state = InitiativeState(one.state)
    rows = [
        Row(kind.value, kind.value, about)
        for kind, about in _CHOICES.items()
        if kind in decisions_in(state)
    ]
    chosen = await _pick(screen, f"Decide on {one.name}", rows, "start, stop, …")
    if not chosen:
        return
    choice = DecisionKind(chosen)
    reason = await screen.app.push_screen_wait(
        AskDialog(
            f"{choice.value.capitalize()} {one.name}",
            f"Why? It stays on record, with all figures of the moment{_moment(screen, number)}.",
            needed="a reason is needed; others will want to know",
        )
    )
    if not reason:
        return
    facts = await screen.host.reading.call(lambda reader: _facts(reader, number, screen.host.now()))

    async def do(over_limit: bool) -> ChangeGroup | Refusal:
        command = DecideInitiative(number, choice, reason, facts, None, over_limit)

        def act(session: Session) -> ChangeGroup | Refusal:
            return session.do(command)

        return await screen.below.writer.ask(act)

    answer = await do(False)
    if isinstance(answer, Refusal) and answer.code is RefusalCode.CROWDED:
        question = ConfirmDialog(
            f"Start {one.name} all the same?",
            f"{answer.message}: an initiative that no team has time for only waits.",
            "{answer_yes} or {confirm}: start it · {cancel}: do not",
        )
        if not await screen.app.push_screen_wait(question):
            return
        answer = await do(True)
    if isinstance(answer, Refusal):
        screen.refuse_change(answer)
        return
    screen.below.writer.show_outcome(answer)
    screen.say(answer.label)
    screen.work_out()


def _moment(screen: PortfolioScreen, number: int) -> str:
    """The figures that a decision is made on, in a few words."""
    rows = () if screen.shown is None else screen.shown.initiatives
    row = next((row for row in rows if row.id == number), None)
    if row is None:
        return ""
    left = count(row.items, "open item")
    parts = [left if not row.more_items else f"{left} and {row.more_items:,} expected"]
    if row.forecast.p85 is not None:
        parts.append(f"85% by {day(row.forecast.p85)}")
    if row.forecast.need_by_odds is not None:
        parts.append(f"on time {odds(row.forecast.need_by_odds)}")
    if row.roi is not None:
        parts.append(f"return {returns(row.roi.likely)}")
    return f": {', '.join(parts)}"


def _facts(reader: Reader, number: int, now: int) -> str:
    from vsm.features.portfolio.facts import facts_now

    return facts_now(reader, number, now)


async def review(screen: PortfolioScreen, number: int, chosen: int | None = None) -> None:
    """Ask whether a decision on an initiative was right: that of the ``chosen`` number, else the
    one that is to be looked at, or the last.
    """
    own = sorted(
        (
            one
            for one in await known(screen, DECISION)
            if one.initiative == number and one.choice != DecisionKind.PIN
        ),
        key=lambda one: one.decided_at,
    )
    mine = next((one for one in own if int(one.number) == chosen), None)
    last = mine or decision_due(own, today_of(screen)) or (own[-1] if own else None)
    if last is None:
        screen.say("Nothing was decided on it yet", "warn")
        return
    rows = [Row(word.value, word.value, "") for word in Hindsight]
    title = f"Was it right to {last.choice}: {last.reason}?"
    answer = await _pick(screen, title, rows, "right, wrong or unclear")
    if not answer:
        return
    note = await screen.app.push_screen_wait(
        AskDialog(f"It was {answer}", "What was seen? (may be empty)", value=last.hindsight_note)
    )
    if note is None:
        return
    command = ReviewDecision(last.id, Hindsight(answer), note)
    await screen.change(lambda session: session.do(command))


async def move(screen: PortfolioScreen, number: int, by: int) -> None:
    """Exchange an initiative with the one before or behind it in the order that people chose.

    Only places that change are written: those of both, or up to there where some have none yet.
    """
    shown = screen.shown
    rows = [] if shown is None else [row for row in in_order(shown) if not row.state.is_over]
    at = next((n for n, row in enumerate(rows) if row.id == number), None)
    if at is None:
        screen.say("It is over: its place in the order means nothing", "warn")
        return
    if not 0 <= at + by < len(rows):
        screen.say("It is the first already" if by < 0 else "It is the last already", "warn")
        return
    one, other = rows[at], rows[at + by]
    rows[at], rows[at + by] = other, one
    upto = rows[: max(at, at + by) + 1]
    places = {row.place for row in upto}
    if None not in places and len(places) == len(upto):
        changes = {one.id: other.place, other.id: one.place}
    else:
        placed = sum(row.place is not None for row in rows)
        upto = rows[: max(len(upto), placed)]
        changes = {row.id: float(n) for n, row in enumerate(upto, 1) if row.place != n}
    first = [number] if number in changes else []
    commands = [
        ChangeEntity(INITIATIVE, row, {"place": changes[row]})
        for row in (*first, *(changes.keys() - first))
    ]
    said = f"{one.key} is number {at + by + 1} of {len(rows)}"
    await screen.change(lambda session: session.do(*commands), said)
