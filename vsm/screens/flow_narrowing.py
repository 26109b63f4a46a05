"""Narrows the flow charts to one type or class of service, beside the filter line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vsm.model.item import ClassOfService
from vsm.model.query_tree import Field, Query, Value
from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.reader import Reader
    from vsm.screens.flow import FlowScreen

_ALL = "all"


def narrow_query(query: Query, narrowed: Mapping[str, str]) -> Query:
    """The filter of items that fit a filter and have these values in these fields."""
    if not narrowed:
        return query
    fields = [
        Field(name, (Value(value.casefold(), exact=True),)) for name, value in narrowed.items()
    ]
    words = [
        f'{name}:"{value}"' if " " in value else f"{name}:{value}"
        for name, value in narrowed.items()
    ]
    if query:
        words.append(f"({query.text})" if " or " in query.text.casefold() else query.text)
    return Query((*fields, query) if query else tuple(fields), " ".join(words))


async def narrow_type(flow: FlowScreen) -> None:
    """Choose the type of the items that the charts are of."""
    stream = flow.stream

    def used(reader: Reader) -> list[str]:
        return reader.words("type", stream.id)

    there = await flow.host.reading.call(used)
    await _choose(flow, "type", "Type", list(dict.fromkeys([*stream.types, *there])))


async def narrow_class(flow: FlowScreen) -> None:
    """Choose the class of service of the items that the charts are of."""
    await _choose(flow, "class", "Class of service", [str(name) for name in ClassOfService])


async def _choose(flow: FlowScreen, field: str, title: str, values: Sequence[str]) -> None:
    def find(text: str) -> Sequence[Row]:
        now = flow.narrowed.get(field)
        rows = [Row(_ALL, "all", "", "" if now else "shown")]
        rows += [Row(f"={value}", value, "", "shown" if value == now else "") for value in values]
        return [row for row in rows if text.casefold() in row.name.casefold()]

    chosen = await flow.app.push_screen_wait(
        PickDialog(
            f"{title} in the charts",
            find,
            placeholder="parts of its name",
            keys="{list_up} {list_down}: choose · {confirm}: show · {cancel}: close",
            tall=False,
        )
    )
    if not chosen:
        return
    rest = {name: value for name, value in flow.narrowed.items() if name != field}
    flow.narrow(rest if chosen == _ALL else {**rest, field: chosen.removeprefix("=")})
