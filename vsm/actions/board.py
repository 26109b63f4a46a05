"""Actions of the board that change no item: moving around, finding, shaping the stream."""

from __future__ import annotations

from functools import partial

from vsm.actions.action import Action, Group, Needs, Scope, places

_move = partial(Action, scope=Scope.BOARD, group=Group.MOVE)
_TEXTS = (Scope.TEXT, Scope.CONFIRM)
_LEAF = places(Scope.FLOW, Scope.REPORT, Scope.ORGANISATION, *_TEXTS)
_STEP = _LEAF | places(Scope.STREAMS, Scope.WELCOME)
_step = partial(_move, palette=False, also=_STEP)
_sideways = partial(_move, palette=False, also=places(Scope.FLOW, Scope.MAP, Scope.ORGANISATION))
_leaf = partial(_move, also=_LEAF)
_find = partial(Action, scope=Scope.BOARD, group=Group.FIND)
_steer = partial(Action, scope=Scope.BOARD, group=Group.STEER, needs=Needs.PRESENT)
_lanes = partial(Action, scope=Scope.BOARD, group=Group.MOVE)
_LANES = "vsm.screens.board.lanes"
_program = partial(Action, scope=Scope.BOARD, group=Group.PROGRAM)
_walk = partial(Action, scope=Scope.STANDUP, group=Group.FIND, palette=False)
_STANDUP = "vsm.screens.board.standup"
_BACK = places(Scope.REPORT, Scope.ORGANISATION)

MOVES = (
    _sideways(
        "cursor_left",
        "h left",
        "Go one column left",
        "The board scrolls where it does not fit the terminal.",
    ),
    _step("cursor_down", "j down", "Go one item down", "On a text: scroll one line down."),
    _step("cursor_up", "k up", "Go one item up", "On a text: scroll one line up."),
    _sideways(
        "cursor_right",
        "l right",
        "Go one column right",
        "The board scrolls where it does not fit the terminal.",
    ),
    _leaf("page_up", "pageup", "Go a page up", "As many items as the column shows.", palette=False),
    _leaf(
        "page_down",
        "pagedown",
        "Go a page down",
        "As many items as the column shows.",
        palette=False,
    ),
    _leaf("first_item", "home", "Go to the first item", "Go to the top of the column."),
    _leaf("last_item", "end G", "Go to the last item", "Go to the bottom of the column."),
    _move(
        "to_stage",
        "'",
        "Go to a stage by number",
        "The columns show their numbers; type one. With more than nine stages it has two digits.",
    ),
    _move(
        "fold_column",
        "f",
        "Fold or open the column",
        "Make the column a narrow strip with its count and name, so that more columns fit, or "
        "open it again. The session remembers it.",
    ),
    _lanes(
        "lanes",
        "B",
        "Show the board in swimlanes",
        "Bands across all columns by team, class of service, parent or owner, each with its "
        "counts; lanes without items are left out. Your own view: others see the board as before.",
        runs=f"{_LANES}:choose",
    ),
    _lanes(
        "fold_lane",
        "-",
        "Fold the lane",
        "Show just the head of the lane under the cursor, with its counts. A click on the head of "
        "a lane does it too, and opens it again.",
        runs=f"{_LANES}:fold",
    ),
    _lanes(
        "open_lanes",
        "+",
        "Open all lanes",
        "Show the cards of all lanes.",
        runs=f"{_LANES}:open_all",
    ),
    _lanes(
        "next_lane",
        "tab",
        "Go to the next lane",
        "To its first card in this column, or in the nearest column that has one.",
        palette=False,
        runs=f"{_LANES}:step_down",
    ),
    _lanes(
        "previous_lane",
        "shift+tab",
        "Go to the lane before",
        "To its first card in this column, or in the nearest column that has one.",
        palette=False,
        runs=f"{_LANES}:step_up",
    ),
)
ACTIONS = (
    _find(
        "details",
        "enter",
        "Show or hide the details",
        "Open or close the panel with fields, blockers, links and history; it follows the cursor.",
        hint="details",
        also={
            Scope.FLOW: "open",
            Scope.REPORT: "open",
            Scope.OVERVIEW: "board",
            Scope.WORK: "details",
        },
        needs=Needs.ITEM,
    ),
    _find(
        "details_down",
        "ctrl+d",
        "Scroll the details down",
        "Scroll the details panel down by half its height.",
        also=places(Scope.ITEM),
        palette=False,
    ),
    _find(
        "details_up",
        "ctrl+u",
        "Scroll the details up",
        "Scroll the details panel up by half its height.",
        also=places(Scope.ITEM),
        palette=False,
    ),
    _find(
        "copy_key",
        "y",
        "Copy the key",
        "Copy the key of the item to the clipboard of your terminal, over SSH too.",
        needs=Needs.ITEM | Needs.CLIPBOARD,
        runs="vsm.screens.board.copying:copy_key",
    ),
    _find(
        "copy_link",
        "Y",
        "Copy key, title and link",
        "Copy key and title of the item to the clipboard, with its link where the stream has one.",
        needs=Needs.ITEM | Needs.CLIPBOARD,
        runs="vsm.screens.board.copying:copy_link",
    ),
    _find(
        "filter",
        "/",
        "Filter the items",
        "Show only items that match: words, team:core, owner:me, type:bug, class:expedite, "
        "blocked, -blocked, stale, overdue, late-risk, is:open, age>p85, idle>5d, due<=fri, or, "
        "not and ( ). "
        "Tab completes, Enter keeps the filter, Esc clears it. Nothing filters the teams.",
        hint="filter",
        also={Scope.FLOW: "filter", Scope.REPORT: "filter"},
        needs=Needs.FILTER,
    ),
    _find(
        "views",
        "V",
        "Open or save a view",
        "Open a saved filter by its name, save the current one under a name, or remove one.",
        runs="vsm.screens.board.views:views",
    ),
    _find(
        "to_view",
        '"',
        "Open a view by number",
        "Type the number of a saved view, 1 to 9, as the list of views shows it; 0 shows all items "
        "again.",
        runs="vsm.screens.board.views:await_number",
    ),
    *(
        _find(
            f"view_{number}",
            "",
            f"Open view {number}",
            "Filter by the saved view that has this number in the list of views.",
            runs=f"vsm.screens.board.views:open_numbered:{number}",
        )
        for number in range(1, 10)
    ),
    _find(
        "go",
        "g",
        "Go to an item",
        "Type a key or some words of a title; the list below completes it. Items that this one is "
        "linked to come first. The key twice in a row goes to the first item of the column.",
        hint="go to",
        runs="vsm.screens.board.find_item:go",
    ),
    _find(
        "stand_up",
        "W",
        "Walk the board in a stand-up",
        "Go through the work in progress from right to left, the oldest item first in each column. "
        "All keys work on the item at hand; the filter chooses what is walked, as in age>p85 or "
        "blocked. Esc ends it.",
        runs=f"{_STANDUP}:start",
    ),
    _walk(
        "next_in_walk",
        "n space l right j down",
        "Go to the next item of the stand-up",
        "Also from wherever the cursor is: the walk goes on where it was. What came into progress "
        "meanwhile is walked too, what is finished is not.",
        hint="next",
        runs=f"{_STANDUP}:go_on",
    ),
    _walk(
        "back_in_walk",
        "p h left k up",
        "Go back to the item before",
        "The items are walked again in the same order.",
        hint="back",
        runs=f"{_STANDUP}:go_back",
    ),
    _find(
        "streams",
        "s",
        "Choose a value stream",
        "List the value streams with their items, WIP and last activity, and open one.",
        hint="streams",
        also={Scope.FLOW: "streams", Scope.REPORT: "streams", Scope.DEPENDENCIES: ""},
        runs="vsm.screens.board.find_item:streams",
    ),
    _steer(
        "wip_limit",
        "w",
        "Set the WIP limit",
        "Type the limit of the stage: 5, 5 hard, 5 expedite 1 (a limit of its own for a class of "
        "service), 5 expedite +1 (beside the 5), none.",
        writes=True,
        also=places(Scope.POLICIES),
        runs="vsm.screens.board.stage_settings:set_wip_limit",
    ),
    _steer(
        "policies",
        "i",
        "Show the policies of the stage",
        "When items enter and leave the stage, its limits, its team, where it leads; change them "
        "from there.",
        needs=Needs.NOTHING,
        also=places(Scope.POLICIES),
        runs="vsm.screens.board.stage_settings:show_policies",
    ),
    _program(
        "undo",
        "z u",
        "Undo",
        "Undo your last change of this session, or of an earlier one after a question; refused "
        "where somebody changed it since.",
        hint="undo",
        writes=True,
        also=_BACK,
        runs="vsm.screens.board.flow_keys:undo",
    ),
    _program(
        "redo",
        "Z",
        "Redo",
        "Redo what you have just undone.",
        writes=True,
        also=_BACK,
        runs="vsm.screens.board.flow_keys:redo",
    ),
    _program(
        "close",
        "escape",
        "Close or clear",
        "Close the message, the marks, the stand-up, the details or the filter, whichever is "
        "there, in this order.",
        palette=False,
        also={**places(Scope.FLOW, Scope.REPORT, Scope.WELCOME), Scope.STANDUP: "end"},
    ),
)
