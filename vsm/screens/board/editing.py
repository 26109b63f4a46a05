"""Make and edit items in forms, comment on them, take them, archive them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vsm.model.command import AddItem, ArchiveItem, CommentItem, EditItem
from vsm.model.errors import Refusal, RefusalCode, VsmError
from vsm.model.item import FlowType
from vsm.screens.board.selection import list_keys, name_items
from vsm.screens.dialog import Opener
from vsm.screens.forms import KEPT, Form, Values
from vsm.screens.item_form import Known, changes, common_specs, known, merged, specs, texts
from vsm.screens.other_edits import Fresh
from vsm.widgets.date_text import clock
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vsm.model.board import FieldEdit, ItemSummary
    from vsm.model.command import Command
    from vsm.model.item import Item
    from vsm.screens.board.parts import BoardParts
    from vsm.session import ChangeGroup

GONE = "what you typed stays here until you leave: copy what you still need"
"""What to do where others removed the item of a form."""
SHOWN = 2
"""Changes of others that are named in a form at most, the latest ones."""
COMMENT = 8
"""Lines of a comment."""


async def _known(board: BoardParts) -> Known | None:
    try:
        return await known(board.host, board.stream)
    except VsmError as error:
        board.screen.trouble(error)
        return None


def _refusal(result: object) -> Refusal | None:
    return result if isinstance(result, Refusal) else None


class ItemForm(Form):
    """One item. Of a new one all that stands in the fields is written, also what was proposed."""

    new = False

    def values(self) -> Values:
        """What is to be written."""
        if not self.new:
            return super().values()
        values = {field.spec.name: field.value for field in self.fields}
        return {name: value for name, value in values.items() if value}


async def add(board: BoardParts, *, child: bool = False, like: Item | None = None) -> None:
    """Ask for a new item and add it: with ``child`` below the one under the cursor.

    It begins with the fields of ``like``.
    """
    await add_proposed(board, {}, child=child, like=like)


async def add_proposed(
    board: BoardParts,
    proposed: Mapping[str, str],
    *,
    child: bool = False,
    like: Item | None = None,
) -> ChangeGroup | None:
    """Ask for a new item in whose form some texts stand already; gives back what was added."""
    stage = board.widget.column.head.stage
    if stage.category.ended:
        stage = board.stream.line[0]
    above = board.selection.item_here() if child else None
    if child and above is None:
        board.writer.say_no_item()
        return None
    there = await _known(board)
    if there is None:
        return None
    done: list[ChangeGroup] = []
    shown = dict.fromkeys(("title", "owner", "due", "estimate", "labels", "description"), "")
    shown["type"] = there.types[0] if board.stream.types else str(FlowType.FEATURE)
    shown["class"] = "standard"
    shown["team"] = there.team(stage.team)
    shown["parent"] = above.key if above is not None else ""
    if like is not None:
        shown = texts(like, there)
    shown.update(proposed)

    async def save(values: Values) -> Refusal | None:
        fields = changes(values)
        title = fields.pop("title")

        def make() -> AddItem:
            return AddItem(board.stream.id, title, stage.id, None, fields)

        result = await board.writer.write(make, tell=False)
        if result is not None and not isinstance(result, Refusal):
            done.append(result)
        return _refusal(result)

    what = f"New {board.stream.word('item')} in {stage.name}"
    if like is not None:
        what += f", as {like.key}"
    form = ItemForm(
        f"{what} below {above.key}" if above is not None else what,
        specs(board.host, board.stream, there, shown),
        save,
        keys="{save}: add ({confirm} too, but in Description) · {next_field}: next field"
        " · {cancel}: cancel",
    )
    form.new = True
    source = above if child else like
    action = "add_child" if child else "new_item" if like is None else "duplicate"
    items = () if source is None else ((source.id, source.version),)
    form.opener = Opener(action, items, stage.id)
    await board.screen.app.push_screen_wait(form)
    return done[0] if done else None


async def edit(board: BoardParts) -> None:
    """Edit the item under the cursor, or what is common to all that are marked."""
    chosen = await board.selection.targets()
    if not chosen:
        board.writer.say_no_item()
    elif len(chosen) > 1:
        await _edit_many(board, chosen)
    else:
        await _edit_one(board, chosen[0])


class ItemWatch:
    """Looks whether others write into an item whose form is open."""

    def __init__(self, board: BoardParts, item: Item, there: Known) -> None:
        self._board = board
        self._there = there
        self._item = item.id
        self._key = item.key
        self._gone = False
        self._first = self.version = item.version
        """The version that the fields show."""
        self._data_version = board.reader.data_version()

    def look(self, since: int | None = None) -> Fresh | None:
        """The fields as they are; ``None`` where nobody wrote since the last look.

        With a version ``since`` the fields of the form are those of then.
        """
        reader = self._board.reader
        data_version = reader.data_version()
        if since is None and data_version == self._data_version:
            return None
        self._data_version = data_version
        item = reader.item(self._item)
        was_gone, self._gone = self._gone, item is None
        if item is None:
            return Fresh({}, {}, self.removed())
        if since is None and item.version == self.version and not was_gone:
            return None
        self._first = self._first if since is None else since
        self.version = item.version
        return Fresh(texts(item, self._there), self.authors(), self.news())

    def removed(self) -> str:
        """That the item is gone, and who removed it when; empty where it is there."""
        reader = self._board.reader
        if reader.item(self._item) is not None:
            return ""
        removal = reader.removal(self._item)
        if removal is None:
            return f"{self._key} is gone"
        return f"{self._key} is gone: {removal.actor} {removal.text}, {self._clock(removal.at)}"

    def news(self) -> str:
        """What others did with the item since the form was opened, but write its fields."""
        host = self._board.host
        changes = self._board.reader.other_changes(self._item, self._first, host.session_id)
        latest = [f"{c.actor} {c.text}, {self._clock(c.at)}" for c in changes[-SHOWN:]]
        more = len(changes) - len(latest)
        return "; ".join([f"{more} earlier changes"] * bool(more) + latest)

    def authors(self) -> dict[str, str]:
        """By field, which of the others wrote it since the form was opened, and when."""
        return {name: f"{e.actor} {self._clock(e.at)}" for name, e in self._edits().items()}

    def _edits(self) -> dict[str, FieldEdit]:
        board = self._board
        edits = board.reader.edits_by_others(self._item, self._first, board.host.session_id)
        return {"class" if name == "service" else name: edit for name, edit in edits.items()}

    def _clock(self, at: int) -> str:
        return clock(at, self._board.stream.zone, self._board.host.now())

    def meanwhile(self, replaced: Sequence[str]) -> str:
        """What others did while the form was open, for the message that it is saved.

        ``replaced`` are fields of theirs that were saved over.
        """
        edits = self._edits()
        over = [
            f"{edits[name].actor}'s {name} of {self._clock(edits[name].at)}"
            for name in replaced
            if name in edits
        ]
        kept = [f"{name} ({who})" for name, who in self.authors().items() if name not in replaced]
        parts = [
            f"you replaced {', '.join(over)}" if over else "",
            f"also changed meanwhile: {', '.join(kept)}" if kept else "",
            self.news(),
        ]
        return "; ".join(part for part in parts if part)


async def _edit_one(board: BoardParts, brief: ItemSummary) -> None:
    there = await _known(board)
    item = board.reader.item(brief.id)
    if there is None or item is None:
        return
    watch = ItemWatch(board, item, there)

    async def save(values: Values) -> Refusal | None:
        fields = changes(values)
        if not fields:
            return None

        def make() -> EditItem:
            return EditItem(brief.id, fields, watch.version)

        refused = _refusal(await board.writer.write(make, tell=False))
        if refused is not None and refused.code is RefusalCode.STALE:
            return replace(refused, remedy=KEPT)
        if refused is not None and refused.code is RefusalCode.UNCHANGED:
            return None
        if refused is not None and refused.code is RefusalCode.UNKNOWN and watch.removed():
            return replace(refused, message=watch.removed(), remedy=GONE)
        if refused is None and (meanwhile := watch.meanwhile(form.replaced)):
            board.screen.say(f"{board.host.glyphs.done} Saved {brief.key}; {meanwhile}")
        return refused

    form = ItemForm(
        f"Edit {brief.key}",
        specs(board.host, board.stream, there, texts(item, there), item.key),
        save,
        keys="{save}: save ({confirm} too, but in Description) · {next_field}: next"
        " · {cancel}: cancel",
        watch=watch,
    )
    form.opener = Opener("edit_item", ((item.id, watch.version),))
    if await board.screen.app.push_screen_wait(form):
        board.selection.end_marks([brief.id])


async def _edit_many(board: BoardParts, chosen: list[ItemSummary]) -> None:
    there = await _known(board)
    if there is None:
        return

    async def save(values: Values) -> Refusal | None:
        if not values:
            return Refusal(
                RefusalCode.INVALID, "Nothing is filled in", "fill in what all of them shall have"
            )
        kept.update(values)
        return None

    kept: Values = {}
    form = Form(
        f"Edit {name_items(chosen)}",
        common_specs(board.host, there),
        save,
        about=f"{list_keys(chosen)}. Only what is filled in is changed.",
    )
    form.opener = Opener("edit_item", tuple((brief.id, brief.version) for brief in chosen))
    if await board.screen.app.push_screen_wait(form):
        await _change_many(board, chosen, kept)


async def _change_many(board: BoardParts, chosen: list[ItemSummary], values: Values) -> None:
    more, fewer = values.pop("labels", ()), values.pop("no-labels", ())
    fields = changes(values)
    have: dict[int, tuple[str, ...]] = {}
    if more or fewer:
        items = await board.host.reading.call(lambda r: [r.item(brief.id) for brief in chosen])
        have = {item.id: item.labels for item in items if item is not None}

    def make(brief: ItemSummary) -> Command:
        item_fields: dict[str, Any] = dict(fields)
        if brief.id in have:
            item_fields["labels"] = merged(have[brief.id], more, fewer)
        return EditItem(brief.id, item_fields, brief.version)

    await board.writer.act(make, chosen)


async def comment(board: BoardParts) -> None:
    """Ask for a comment on the item, or on all that are marked."""
    chosen = await board.selection.targets()
    if not chosen:
        board.writer.say_no_item()
        return

    def text_of(typed: str) -> tuple[str, str]:
        if not typed.strip():
            raise ValueError("Write a comment first.")
        return typed, ""

    said: list[str] = []

    async def save(values: Values) -> Refusal | None:
        text = values["comment"]
        if len(chosen) > 1:
            said.append(text)
            return None
        brief = chosen[0]
        # What somebody else has changed meanwhile takes nothing away from what is said.
        return _refusal(await board.writer.write(lambda: CommentItem(brief.id, text), tell=False))

    about = chosen[0].title if len(chosen) == 1 else list_keys(chosen)
    form = Form(
        f"Comment on {name_items(chosen)}",
        [FieldSpec("comment", "Comment", lines=COMMENT, read=text_of)],
        save,
        keys="{save}: save · Enter: new line · {cancel}: cancel",
        about=about,
    )
    form.opener = Opener("comment", tuple((brief.id, brief.version) for brief in chosen))
    if await board.screen.app.push_screen_wait(form) and not said:
        board.selection.end_marks([chosen[0].id])
    if said:
        await board.writer.act(lambda brief: CommentItem(brief.id, said[0]), chosen)


async def add_child(board: BoardParts) -> None:
    """Ask for a new item below the one under the cursor."""
    await add(board, child=True)


async def duplicate(board: BoardParts) -> None:
    """Ask for a new item with the fields of the one under the cursor."""
    brief = board.selection.item_here()
    item = board.reader.item(brief.id) if brief is not None else None
    if item is None:
        board.writer.say_no_item()
    else:
        await add(board, like=item)


async def take(board: BoardParts) -> None:
    """Become the owner; where it is all one's own already, give it back."""
    chosen = await board.selection.targets()
    me = board.host.actor
    mine = all((brief.owner or "").casefold() == me.casefold() for brief in chosen)
    owner = None if mine else me
    if not chosen:
        board.writer.say_no_item()
        return
    to_change = [b for b in chosen if mine or (b.owner or "").casefold() != me.casefold()]
    await board.writer.act(
        lambda brief: EditItem(brief.id, {"owner": owner}, brief.version), to_change
    )


async def archive(board: BoardParts) -> None:
    """Take off the board; ``z`` brings it back, and so does going to its key."""
    await board.writer.act(lambda brief: ArchiveItem(brief.id, True, brief.version))


async def bring_back(board: BoardParts, item: Item) -> bool:
    """Put an archived item on the board again; tells whether it is there."""
    result = await board.writer.write(lambda: ArchiveItem(item.id, False, item.version))
    return result is not None and not isinstance(result, Refusal)
