"""Actions of the value stream map: its edges, and changes of stages in place."""

from __future__ import annotations

from functools import partial

from vsm.actions.action import Action, Group, Scope

_map = partial(Action, scope=Scope.MAP, group=Group.FIGURES)
_steer = partial(Action, scope=Scope.MAP, group=Group.STEER, writes=True)

ACTIONS = (
    _map(
        "next_edge",
        "tab",
        "Go to the next edge of the stage",
        "Those that leave it, then those that come in; the last line says what moves along it. "
        "Enter and the key of edges act on it.",
        hint="edges",
    ),
    _map(
        "previous_edge",
        "shift+tab",
        "Go to the previous edge of the stage",
        "Also round and round.",
    ),
    _map(
        "every_edge",
        "a",
        "Show all edges",
        "Draw the rarer edges of the map too, or the most travelled ones alone.",
        back="Show fewer edges",
    ),
    _steer(
        "insert_stage",
        "i",
        "Insert a stage after this one",
        "Edges lead through it; items stay where they are.",
        hint="insert",
        runs="vsm.screens.map_editing:insert_stage",
    ),
    _steer(
        "edit_stage",
        "e",
        "Edit the stage",
        "Name, category, team, WIP limit, a note, and the times and %C&A that you declare; on an "
        "edge its kind and note.",
        hint="edit",
        runs="vsm.screens.map_editing:edit",
    ),
    _steer(
        "declare_all",
        "t",
        "Declare all stages in a table",
        "Process time, wait and %C&A of each stage, a line a stage as in vsm map declare: type "
        "them in, or paste the table of your workshop.",
        hint="table",
        runs="vsm.screens.map_declaring:declare_all",
    ),
    _steer(
        "edit_edge",
        "d",
        "Draw, change or remove an edge",
        "From this stage to another, forward or rework; of the edge under the cursor its kind and "
        "note, or remove it.",
        hint="edge",
        runs="vsm.screens.map_edges:edit_edge",
    ),
    _steer(
        "split_stage",
        "|",
        "Split the stage",
        "Make two stages of one. Items stay in the first unless you say otherwise.",
        hint="split",
        runs="vsm.screens.map_editing:split_stage",
    ),
    _steer(
        "merge_stages",
        "M",
        "Merge the stage with the next one",
        "Only neighbours on one path; items of this one go on into the next.",
        hint="merge",
        runs="vsm.screens.map_editing:merge_stages",
    ),
    _steer(
        "start_clock",
        "c",
        "Start the clock at this stage",
        "Make it the commitment stage: cycle times and ages begin where an item enters it or one "
        "behind it. All figures follow; undo takes it back.",
        hint="clock",
        runs="vsm.screens.map_editing:start_clock",
    ),
    _steer(
        "retire_stage",
        "r",
        "Retire or restore a stage",
        "Take this stage off board and map; its history stays. Or bring a retired one back.",
        hint="retire",
        runs="vsm.screens.map_editing:retire_or_restore",
    ),
    _map(
        "future_states",
        "f",
        "List future states",
        "Drafts of this map: choose one to edit and compare it, or type the name of a new one. "
        "They change nothing until they are made real.",
        hint="future",
        runs="vsm.screens.future_states:future_states",
    ),
    _map(
        "compare_future",
        "=",
        "Compare a future state",
        "Lead time, constraint and WIP of a draft beside the map as it is, by loads and waits and "
        "as simulated, stage by stage.",
        runs="vsm.screens.future_states:compare_future",
    ),
    _steer(
        "make_future",
        "!",
        "Make a future state real",
        "All its edits as one change, after showing which items go where; where the map has "
        "changed since you choose whose version of the stage stands.",
        runs="vsm.screens.future_states:make_future",
    ),
    _steer(
        "drop_future",
        "x delete",
        "Drop a future state",
        "An open one; undo brings it back.",
        runs="vsm.screens.future_states:drop_future",
    ),
)
