"""Actions on the item under the cursor, or on all that are marked."""

from __future__ import annotations

from functools import partial

from vsm.actions.action import Action, Group, Needs, Scope, places

_item = partial(Action, scope=Scope.BOARD, group=Group.WORK, writes=True, needs=Needs.ITEM)
_mark = partial(Action, scope=Scope.BOARD, group=Group.MARK)
_MARKABLE = Needs.ITEM | Needs.PRESENT | Needs.WRITABLE
_EDITING = "vsm.screens.board.editing"
_FLOW = "vsm.screens.board.flow_keys"
_ORDER = places(Scope.ORGANISATION)
_WORK = places(Scope.WORK)

ACTIONS = (
    _item(
        "move_right",
        "L",
        "Move the item right",
        "Move the item to the next stage. Above a soft WIP limit you are asked for a reason, "
        "a hard one refuses and says what could be finished first.",
        hint="move",
        marked="move",
        also={Scope.WORK: "move"},
        runs=f"{_FLOW}:move_right",
    ),
    _item(
        "move_left",
        "H",
        "Move the item left",
        "Move the item to the stage before.",
        also=_WORK,
        runs=f"{_FLOW}:move_left",
    ),
    _item(
        "move_to",
        "m",
        "Move the item to a stage",
        "Choose any stage of the stream by its number, its name or the arrows; each shows its "
        "WIP against the limit.",
        marked="to stage",
        also=_WORK,
        runs="vsm.screens.board.moving:move_to",
    ),
    _item(
        "enter_late",
        "M",
        "Enter a past change",
        "Enter late what happened before: a move, a finish, a drop, a blocker or its end, with the "
        "time and the reason. Figures count it at that time, the log shows when it was entered.",
        runs="vsm.screens.board.late_changes:enter_late",
    ),
    _item(
        "new_item",
        "n",
        "Add a new item",
        "Add an item to the stage under the cursor, or to the first stage from a done one.",
        hint="new",
        needs=Needs.NOTHING,
        runs=f"{_EDITING}:add",
    ),
    _item(
        "quick_add",
        "A",
        "Add several items",
        "Type a title and Enter for each; a list that you paste becomes one item a line. Esc ends.",
        needs=Needs.NOTHING,
        runs="vsm.screens.board.quick_add:quick_add",
    ),
    _item(
        "duplicate",
        "C",
        "Duplicate the item",
        "Add a new item with the fields of the one under the cursor; change them in the form.",
        runs=f"{_EDITING}:duplicate",
    ),
    _item(
        "new_child",
        "N",
        "Add a child item",
        "Add an item whose parent is the one under the cursor.",
        runs=f"{_EDITING}:add_child",
    ),
    _item(
        "edit_item",
        "e",
        "Edit the item",
        "Change its fields in a form: dates in words (fri, +3d), names completed while you type. "
        "Of several marked items only the fields that you fill in.",
        hint="edit",
        marked="edit",
        also={Scope.WORK: "edit"},
        runs=f"{_EDITING}:edit",
    ),
    _item(
        "edit_description",
        "E",
        "Edit the description in your editor",
        "Open the description in $VISUAL or $EDITOR; what you save there is written when it ends.",
        needs=Needs.ITEM | Needs.EDITOR,
        runs="vsm.screens.board.external_editor:edit_outside",
    ),
    _item(
        "take_item",
        "t",
        "Assign to me / unassign",
        "Make yourself the owner; where you own it already, remove the owner.",
        hint="take",
        marked="take",
        also={Scope.WORK: "take"},
        runs=f"{_EDITING}:take",
    ),
    _item(
        "comment",
        "c",
        "Comment on the item",
        "Write a comment; the details show it.",
        also=_WORK,
        runs=f"{_EDITING}:comment",
    ),
    _item(
        "block",
        "b",
        "Block or unblock the item",
        "Give the kind of blocker and the reason. A blocked item is unblocked.",
        hint="block",
        marked="block",
        also={Scope.WORK: "block"},
        runs=f"{_FLOW}:block",
    ),
    _item(
        "link_items",
        "d",
        "Link to other items",
        "Blocked by, blocks, relates to, parent or child of an item of any stream; the same list "
        "removes links.",
        marked="link",
        runs="vsm.screens.board.links:link",
    ),
    _item(
        "reorder_down",
        "J",
        "Move the item down in its column",
        "Swap the item with the one below; the order is the team's own and is kept.",
        also=_ORDER,
        runs=f"{_FLOW}:reorder_down",
    ),
    _item(
        "reorder_up",
        "K",
        "Move the item up in its column",
        "Swap the item with the one above; the order is the team's own and is kept.",
        also=_ORDER,
        runs=f"{_FLOW}:reorder_up",
    ),
    _item(
        "drop",
        "x",
        "Drop the item",
        "End the item undelivered, with a reason; it goes to the dropped stage.",
        marked="drop",
        also=_WORK,
        runs=f"{_FLOW}:drop",
    ),
    _item(
        "reopen",
        "r",
        "Reopen the item",
        "Bring a done or dropped item back to the stage that it came from.",
        marked="reopen",
        also=_WORK,
        runs=f"{_FLOW}:reopen",
    ),
    _item(
        "archive",
        "a",
        "Archive the item",
        "Hide it from the board; its history stays. Undo brings it back, and so does going to its "
        "key.",
        marked="archive",
        runs=f"{_EDITING}:archive",
    ),
    _item(
        "transfer",
        "T",
        "Transfer the item to another stream",
        "Choose a value stream and a stage of it; key and history stay with the item.",
        marked="transfer",
        runs="vsm.screens.board.moving:transfer",
    ),
    _mark(
        "mark",
        "space",
        "Mark or unmark the item",
        "Mark it and go down. Keys that change items then act on all that are marked, as one group "
        "that one undo reverts.",
        needs=_MARKABLE,
    ),
    _mark(
        "mark_range",
        "v",
        "Mark a range",
        "From the last mark, or the cursor, as far as the cursor goes; the same key again keeps "
        "it.",
        needs=_MARKABLE,
    ),
    _mark(
        "mark_all",
        "*",
        "Mark or unmark all",
        "Mark all items that the board shows through the filter; where all are marked, unmark "
        "them.",
        needs=Needs.PRESENT | Needs.WRITABLE,
    ),
)
