"""Follows the cursor of a colleague: this board shows the stream and the item that theirs is on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from vsm.actions import BY_ID, Action
from vsm.config import SCREENS
from vsm.model.presence import Presence
from vsm.screens.dialogs import PickDialog
from vsm.widgets.date_text import ago
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.model.item import Item
    from vsm.screens.board.screen import BoardScreen
    from vsm.screens.vsm_screen import VsmScreen

KEEPS = frozenset(
    (
        *("details", "details_down", "details_up", "copy_key", "copy_link"),
        *("help", "palette", "log", "feed", "repaint", "follow"),
    )
)
"""Actions during which a board goes on to follow; any other ends it."""


class Following:
    """Keeps the cursor of this board where that of a colleague is. It writes nothing."""

    def __init__(self, front: VsmScreen, person: Presence) -> None:
        self.session = person.session
        self.name = person.actor
        self._app = front.app
        self._colleagues = front.host.colleagues
        self._shown: tuple[int | None, int | None, str] | None = None

    def go_after(self, people: Sequence[Presence]) -> None:
        """Go where the colleague is now; end where they have left."""
        person = next((p for p in people if p.session == self.session), None)
        board = self._board()
        if person is None:
            self.end(f"{self.name} has left")
        elif board is not None and (person.stream, person.item, person.screen) != self._shown:
            if person.stream not in (None, board.stream.id):
                stream = board.reader.stream(person.stream)
                if stream is not None:
                    board.host.open_board(stream, person.item)
                    self._shown = None
                    return
            self._shown = (person.stream, person.item, person.screen)
            self._go_to(board, person)
        elif board is not None and not board.hints.message:
            self._go_to(board, person)

    def _board(self) -> BoardScreen | None:
        """The board, where it is in front."""
        from vsm.screens.board.screen import BoardScreen

        front = self._app.screen
        return front if isinstance(front, BoardScreen) and front.is_mounted else None

    def _go_to(self, board: BoardScreen, person: Presence) -> None:
        number, tab = person.item, SCREENS.get(person.screen)
        where = f" (on {BY_ID[tab].label})" if tab else ""
        item: Item | None = board.reader.item(number) if number is not None else None
        if item is not None:
            place = board.parts.data.read_place(item.id)
            if place is None:
                where = f" (at {item.key}, which this board does not show)"
            elif board.board.card is None or board.board.card.id != item.id:
                board.board.select_item(*place)
        board.hold(board.keys(f"Following {self.name}{where} · {{close}}: stop"), "accent")

    def end(self, text: str = "") -> None:
        """Follow no longer, and say so."""
        self._colleagues.following = None
        board = self._board()
        if board is not None:
            board.say(text or f"You no longer follow {self.name}")

    def ends_with(self, action: Action) -> bool:
        """End following at an action; whether that is all that it does.

        Nothing is written while the cursor is not one's own: the key that would only ends it.
        """
        if action.id in KEEPS:
            return False
        self.end()
        return action.writes or action.id == "close"


def switch(screen: VsmScreen) -> None:
    """Hide from others in this session, and show nobody, or come back."""
    colleagues = screen.host.colleagues
    if not colleagues.may:
        screen.say(nobody_because(screen), "warn")
    elif colleagues.switch():
        screen.say("Others see that you are here, and you see them")
    else:
        hidden = "Nobody sees that you are here, and you see nobody"
        screen.say(f"{hidden}. To come back: press {_again(screen)}")


def _again(screen: VsmScreen) -> str:
    """The way back to others: the key of the palette, and the label in it."""
    return screen.keys(f'{{palette}} and run "{BY_ID["hide"].back}"')


def nobody_because(screen: VsmScreen) -> str:
    """Why nobody is shown, and what to do to see others."""
    colleagues, refusal = screen.host.colleagues, screen.host.changes_refused
    if colleagues.is_on:
        return "Nobody else is here"
    again = _again(screen)
    if colleagues.hides:
        return f"You hide from others, so you see nobody. To come back: press {again}"
    if colleagues.may:
        return f"Presence is off: presence = false in config.toml. To see others now: press {again}"
    why = refusal.sentences if refusal is not None else ""
    return f"Others are not shown where nothing can be changed. {why}".rstrip()


async def choose(screen: VsmScreen) -> None:
    """List who is here, and follow the one that is chosen."""
    colleagues = screen.host.colleagues
    if colleagues.following is not None:
        colleagues.following.end()
        return
    others = {person.session: person for person in colleagues.others}
    if not others:
        screen.say(nobody_because(screen))
        return
    rows = await screen.host.reading.call(
        lambda reader: [_row(screen, reader, p) for p in others.values()]
    )
    answer = await screen.app.push_screen_wait(
        PickDialog(
            "Who is here",
            partial(_matching, rows),
            placeholder="type a name",
            keys="{list_up} {list_down}: choose · {confirm}: follow · {cancel}: close",
        )
    )
    if not answer:
        return
    if screen.below is not None:
        await screen.back_to_board()
    colleagues.following = Following(screen, others[answer])
    colleagues.following.go_after(colleagues.people)


def _matching(rows: Sequence[Row], text: str) -> Sequence[Row]:
    words = text.casefold().split()
    return [row for row in rows if all(w in f"{row.name} {row.text}".casefold() for w in words)]


def _row(screen: VsmScreen, reader: Any, person: Presence) -> Row:
    """A line of the list: who, where, since when."""
    stream = reader.stream(person.stream) if person.stream is not None else None
    item = reader.item(person.item) if person.item is not None else None
    parts = [person.screen, stream.name if stream else "", item.key if item else "", person.host]
    dot = f" {screen.host.glyphs.dot} "
    since = f"came {ago(person.since, screen.host.now())}"
    return Row(person.session, person.actor, dot.join(filter(None, parts)), since)
