"""Which actions the hint line names, and by what words."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.actions import Action, Scope, Situation, scoped
from vsm.keymap import Keymap

FIRST = {
    Scope.GOVERNANCE: (
        *("details", "set_mode", "ask_waiver", "list_waivers", "list_frameworks", "show_drift"),
        *("gate_costs", "replay_control"),
    ),
    Scope.REPORTS: (
        *("details", "choose_report", "open_subject", "acknowledge_fact", "item_from_fact"),
        *("older_report", "record_report", "report_rules", "mark_wrong"),
    ),
    Scope.MAP: ("details", "window", "next_edge", "edit_stage", "insert_stage", "future_states"),
}
"""By scope the actions that are named before all others, as in 80 columns few have room."""


def hinted_actions(
    actions: Sequence[Action], scope: Scope, situation: Situation, keymap: Keymap
) -> list[tuple[Action, str]]:
    """Those of ``actions`` that work here and now, with their words in a screen of this scope.

    In a stand-up its own keys come first; a key of the board that means something else there is
    not named.
    """
    inner = situation.scopes[0] if situation.scopes else scope
    named = [action for action in actions if action.is_available(situation)]
    out = [(action, action.word(scope)) for action in named if keymap.of(action.id)]
    first = FIRST.get(scope, ())
    out.sort(key=lambda one: first.index(one[0].id) if one[0].id in first else len(first))
    if inner is not Scope.STANDUP:
        return out
    own = [(action, action.word(inner)) for action in scoped(inner)]
    return [(a, word) for a, word in own if word and keymap.of(a.id)] + [
        (action, word)
        for action, word in out
        if inner not in action.scopes and not keymap.action_at(inner, keymap.of(action.id)[0])
    ]
