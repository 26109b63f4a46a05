"""Actions of the portfolio."""

from __future__ import annotations

from functools import partial

from vsm.actions.action import Action, Group, Scope

_portfolio = partial(Action, scope=Scope.PORTFOLIO, group=Group.STEER, writes=True)

ACTIONS = (
    _portfolio(
        "add_initiative",
        "n",
        "Add an initiative",
        "Name an initiative, the filter of the items it is made of, its hypothesis and the day it "
        "is needed by.",
        hint="new",
    ),
    _portfolio(
        "edit_initiative",
        "e",
        "Edit the initiative or the objective",
        "Of an initiative name, filter, state up to ready, hypothesis, need-by day and expected "
        "items; of an objective all of it, and whether it is closed.",
        hint="edit",
    ),
    _portfolio(
        "remove_initiative",
        "x delete",
        "Remove the initiative or the objective",
        "One that has nothing on record; an objective that has is closed after a question.",
    ),
    _portfolio(
        "ask_delay",
        "c",
        "Say what delay costs",
        "Four questions: what a week of delay loses, whether there is a day after which it is too "
        "late or a fine is due, whether it fades, how sure you are. The range and the CD3 that "
        "follow are shown while you answer.",
        hint="delay",
    ),
    _portfolio(
        "set_delay",
        "C",
        "Set the figures of delay",
        "The profile, the low, likely and high amount, the unit and the days, each for itself.",
    ),
    _portfolio(
        "set_worth",
        "b",
        "Say what it costs and brings",
        "What a team-day costs or what is still to pay; benefit a week, its end and its odds.",
        hint="worth",
    ),
    _portfolio(
        "decide_initiative",
        "d",
        "Decide",
        "Start, continue, park, pivot, stop or deliver the initiative under the cursor, for a "
        "reason; the figures of the moment are kept with it. Pin keeps them and decides nothing.",
        hint="decide",
    ),
    Action(
        "try_without",
        "=",
        "Try without it",
        "Show what stopping the initiative would free, who waits for it, and every date of others "
        "that would move; nothing changes. There the same key, or Try it first, adds another.",
        scope=Scope.PORTFOLIO,
        group=Group.STEER,
        hint="without",
    ),
    Action(
        "try_first",
        "f",
        "Try it first",
        "Show every date that would move if the items of the initiative were begun next, before "
        "all others that wait; nothing changes. After Try without it, that is an exchange.",
        scope=Scope.PORTFOLIO,
        group=Group.STEER,
    ),
    Action(
        "roadmap",
        "w",
        "Show the roadmap",
        "Show by when each initiative is over, from even odds to odds of 85%, by quarter or month, "
        "with the day it is needed by; the same key or Esc shows the table again.",
        scope=Scope.PORTFOLIO,
        group=Group.FIGURES,
        hint="roadmap",
    ),
    Action(
        "shares",
        "a",
        "Show the share of work",
        "Show what the days of teams in the last 90 days went to: by objective, by team, and the "
        "work that served none; the same key or Esc shows the table again.",
        scope=Scope.PORTFOLIO,
        group=Group.FIGURES,
        hint="shares",
    ),
    Action(
        "decisions",
        "V",
        "List all decisions",
        "Show who decided what on which initiative, when and on which figures, and how it looks "
        "now; the same key or Esc shows the table again.",
        scope=Scope.PORTFOLIO,
        group=Group.STEER,
    ),
    _portfolio(
        "review_decision",
        "v",
        "Look at a decision again",
        "Say whether the decision under the cursor was right, as seen now.",
    ),
    _portfolio(
        "raise_initiative",
        "K",
        "Move up in the order",
        "Put the initiative before the one above it in the order that people chose.",
    ),
    _portfolio(
        "lower_initiative",
        "J",
        "Move down in the order",
        "Put the initiative behind the one below it in the order that people chose.",
    ),
    _portfolio(
        "add_objective",
        "O",
        "Add an objective",
        "Name an objective, when it counts and the share of the work it is meant to get.",
        hint="objective",
    ),
    _portfolio(
        "tie_objective",
        "t",
        "Tie to an objective",
        "Say which part of the work of the initiative serves an objective.",
        hint="tie",
    ),
    _portfolio(
        "add_indicator",
        "i",
        "Add an indicator or a key result",
        "Of an objective a key result. Of an initiative what shows early whether it works, or what "
        "must not get worse meanwhile.",
    ),
    _portfolio(
        "read_indicator",
        "r",
        "Read an indicator or a key result",
        "Record the value of an indicator of the initiative, or of a key result of the objective.",
        hint="read",
    ),
    _portfolio(
        "put_spending",
        "m",
        "Record what was spent",
        "An amount, its day and where it is from; it changes no return.",
    ),
)
