"""A list of items in a dialog: narrowed by typing, sorted by a key, one of them shown whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.widgets import Input

from vsm.actions import Scope
from vsm.model.board import Detail, ItemSummary
from vsm.model.item_list import COLUMNS, ORDERS, Listed, cell, read_sort, sort_items
from vsm.screens.dialogs import PickDialog, TextDialog
from vsm.widgets.item_detail import DetailPanel
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.screens.vsm_screen import VsmScreen
    from vsm.widgets.glyphs import Glyphs

ITEM_KEYS = (
    "{list_up} {list_down}: choose · {confirm}: show item · {sort_list}: sort · {cancel}: close"
)


class Order:
    """One of the orders of a list; at first that in which its items came."""

    def __init__(self, glyphs: Glyphs, zone: str) -> None:
        self._glyphs = glyphs
        self._zone = zone
        self._at = -1

    def __bool__(self) -> bool:
        """Whether it is another one than at first."""
        return self._at >= 0

    def go_on(self) -> None:
        """The next order; after the last one the first again."""
        self._at = -1 if self._at + 1 == len(ORDERS) else self._at + 1

    def heading(self, title: str) -> str:
        """The title of the list with the column that it is sorted by and an arrow."""
        if not self:
            return title
        name, down = self._by[0]
        arrow = self._glyphs.down if down else self._glyphs.up
        return f"{title}, by {COLUMNS[name].head.lower()} {arrow}"

    def sort(self, rows: Iterable[Listed]) -> list[Listed]:
        """The items in this order."""
        return sort_items(rows, self._by)

    def value(self, row: Listed | None) -> str:
        """What an item is sorted by, where its row does not show that anyway."""
        name = self._by[0][0] if self else "key"
        if row is None or name in ("key", "stage"):
            return ""
        value = cell(name, row, self._zone) or self._glyphs.dash
        return f"{COLUMNS[name].head.lower()} {value}"

    @property
    def _by(self) -> tuple[tuple[str, bool], ...]:
        return read_sort(ORDERS[self._at])


class ItemList:
    """Items with a remark on each and where they are, in an order that can be chosen."""

    def __init__(
        self,
        screen: VsmScreen,
        items: Sequence[tuple[ItemSummary, str]],
        places: Mapping[int, str],
    ) -> None:
        self._screen = screen
        self._items = items
        self._places = places
        self.order = Order(screen.host.glyphs, screen.stream.zone)
        self._listed: dict[int, Listed] | None = None

    async def _read(self) -> None:
        if self._listed is None:
            ids = [brief.id for brief, _ in self._items]
            now, past = self._screen.as_of, self._screen.host.view.at is not None
            rows = await self._screen.host.reading.call(
                lambda reader: reader.listed_items(ids, now, past)
            )
            self._listed = {row.card.id: row for row in rows}

    async def sort(self) -> None:
        """Go on to the next order."""
        await self._read()
        self.order.go_on()

    def rows(self, text: str) -> list[Row]:
        """The rows of the items in whose key or title all words of a text are."""
        words = text.casefold().split()
        out = []
        for brief, remark in self._sorted():
            if all(word in f"{brief.key} {brief.title}".casefold() for word in words):
                out.append(Row(str(brief.id), brief.key, brief.title, self._right(brief, remark)))
        return out

    def _sorted(self) -> Sequence[tuple[ItemSummary, str]]:
        if not self.order or self._listed is None:
            return self._items
        by_id = {brief.id: (brief, remark) for brief, remark in self._items}
        ordered = self.order.sort(self._listed[item] for item in by_id if item in self._listed)
        known = [by_id.pop(row.card.id) for row in ordered]
        return [*known, *by_id.values()]

    def _right(self, brief: ItemSummary, remark: str) -> str:
        """What it is sorted by, or the remark; and where it is."""
        place, row = self._places.get(brief.id, ""), (self._listed or {}).get(brief.id)
        remark = self.order.value(row) or remark
        return f"{remark}  {place}" if remark else place


class ItemsDialog(PickDialog):
    """Choose one of some items; a key sorts them."""

    SCOPE = Scope.ITEMS

    def __init__(self, title: str, items: ItemList, placeholder: str) -> None:
        heading = items.order.heading(title)
        super().__init__(heading, items.rows, placeholder=placeholder, keys=ITEM_KEYS)
        self._items = items
        self._title = title

    def action_sort_list(self) -> None:
        self.run_worker(self.host.typeahead.until(self._sort(), self), group="sort", exclusive=True)

    async def _sort(self) -> None:
        await self._items.sort()
        self.query_one(PickList).set_rows(self._items.rows(self.query_one(Input).value))
        self.set_heading(self._items.order.heading(self._title))


async def listed(
    screen: VsmScreen,
    title: str,
    what: str,
    items: Sequence[tuple[int, str]],
    where: Mapping[int, str] | None = None,
) -> None:
    """List items with what is told of each and where it is; one of them is shown whole.

    ``where`` says it by item; else it is the stage, with its stream where that is another one.
    """
    if not items:
        screen.say("No item is behind this")
        return
    ids = list(dict(items))
    briefs = await screen.host.reading.call(lambda reader: reader.briefs(ids))
    by_id = {brief.id: brief for brief in briefs}
    stages = {stage.id: stage.name for stage in screen.stream.order}
    if any(brief.stage not in stages for brief in briefs):
        streams = await screen.host.reading.call(lambda reader: reader.all_streams())
        others = (stream for stream in streams if stream.id != screen.stream.id)
        stages |= {s.id: f"{s.name}, {stream.name}" for stream in others for s in stream.order}
    places = {brief.id: stages.get(brief.stage, "in another stream") for brief in briefs}
    at = screen.host.view.at
    if at is not None:
        keys = [brief.key for brief in briefs]
        ends = await screen.host.reading.call(lambda reader: reader.past_ends(keys, at))
        for end in ends.values():
            by_id[end.id] = by_id[end.id]._replace(title=end.title)
            places[end.id] = end.stage
    chosen = [(by_id[item], remark) for item, remark in items if item in by_id]
    listing = ItemList(screen, chosen, places | dict(where or {}))
    count = "1 item" if len(chosen) == 1 else f"{len(chosen)} items"
    while True:
        answer = await screen.app.push_screen_wait(ItemsDialog(f"{title}: {count}", listing, what))
        if not answer or not await show_item(screen, int(answer)):
            return


async def show_item(flow: VsmScreen, item: int) -> bool:
    """Show an item whole; whether to go back to the list. Its place on the board may be next."""
    now, past = flow.as_of, flow.host.view.at is not None
    detail = await flow.host.reading.call(lambda reader: reader.detail(item, now, past))
    return detail is None or await show_detail(flow, detail, now)


async def show_detail(screen: VsmScreen, detail: Detail, now: int, heading: str = "") -> bool:
    """Show these details of an item; whether to go back. Its place on the board may be next."""
    zone = screen.stream.zone
    dialog = ItemDialog(detail, zone, now, heading)
    if await screen.app.push_screen_wait(dialog):
        await screen.go_to_item(detail.item)
        return False
    if dialog.shows_evidence:
        screen.show_evidence(detail.item.id)
        return False
    return True


class ItemDialog(TextDialog[bool]):
    """All about one item; gives back whether to go to it on the board."""

    SCOPE = Scope.ITEM
    DEFAULT_CSS = "ItemDialog DetailPanel { height: 1fr; border-top: none; background: $panel; }"

    def __init__(self, detail: Detail, zone: str, now: int, heading: str = "") -> None:
        super().__init__(heading or detail.item.key)
        self.item = detail.item.id
        self.shows_evidence = False
        """Whether it was closed to show the evidence of the item."""
        self._detail = (detail, zone, now)

    def compose(self) -> ComposeResult:
        """The details, and keys."""
        with self.box("-wide -tall"):
            yield DetailPanel(self.host.glyphs)
            yield self.keys(
                "{confirm}: go to it on the board · {item_evidence}: evidence"
                " · {cursor_down} {cursor_up}: scroll · {cancel}: back"
            )

    def on_mount(self) -> None:
        """Fill it."""
        self.query_one(DetailPanel).show(*self._detail)

    def action_confirm(self) -> None:
        self.dismiss(True)

    def action_item_evidence(self) -> None:
        self.shows_evidence = True
        self.dismiss(False)

    action_go_to_item = action_confirm
    action_details_down = TextDialog.action_page_down
    action_details_up = TextDialog.action_page_up

    def scroll_text(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one(DetailPanel).scroll_relative(y=lines, animate=False)

    @property
    def page(self) -> int:
        """Lines of a page."""
        return max(1, self.query_one(DetailPanel).size.height // 2)
