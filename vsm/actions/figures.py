"""Actions of the screens of figures: overview, flow charts, dependencies and forecast."""

from __future__ import annotations

from functools import partial

from vsm.actions.action import Action, Group, Needs, Scope, places

_flow = partial(Action, scope=Scope.FLOW, group=Group.FIGURES)
_team = partial(Action, scope=Scope.TEAMS, group=Group.FIGURES)
_overview = partial(Action, scope=Scope.OVERVIEW, group=Group.FIGURES)
_dependency = partial(Action, scope=Scope.DEPENDENCIES, group=Group.WORK)

ACTIONS = (
    Action(
        "ask_forecast",
        "d",
        "Forecast for a date or a number",
        "Ask how many items are finished by a date of your own, or when a number of them is; the "
        "answer stands in the tables and in the first sentences.",
        scope=Scope.FORECAST,
        group=Group.FIGURES,
        hint="date",
    ),
    Action(
        "what_if",
        "w",
        "What if",
        "Play a change of the stream before it is made: another WIP limit or other slots of a "
        "stage, other arrivals, more or less rework.",
        scope=Scope.FORECAST,
        group=Group.FIGURES,
        hint="what if",
    ),
    Action(
        "pin_forecast",
        "p",
        "Pin the forecast",
        "Keep what the line under the cursor says, with odds and a note, to see later whether it "
        "came true: a number of items, an item, or the set of the filter.",
        scope=Scope.FORECAST,
        group=Group.FIGURES,
        hint="pin",
        writes=True,
        runs="vsm.screens.pins:pin_forecast",
    ),
    Action(
        "unpin_forecast",
        "x delete",
        "Remove the pinned forecast",
        "Remove the pinned forecast under the cursor; undo brings it back.",
        scope=Scope.FORECAST,
        group=Group.FIGURES,
        hint="unpin",
        writes=True,
        runs="vsm.screens.pins:unpin_forecast",
    ),
    _team(
        "weigh",
        "=",
        "Pivot or hire",
        "Say whether people of another team or a hire help the team under the cursor more, and "
        "what both teams wait then.",
        hint="pivot or hire",
    ),
    _team(
        "team_plan",
        "p",
        "What if, for teams",
        "Try people from another team, a hire or other arrivals beside what is; a plan keeps them, "
        "and two plans can be compared.",
        hint="plan",
        runs="vsm.screens.team_plans:ask_team_plan",
    ),
    *(
        _team(
            entity + "s",
            key,
            f"Show {entity}s",
            f"Open the {entity}s of the organisation, to add, change and end them: {words}.",
            group=Group.STEER,
            needs=Needs.PRESENT,
            runs=f"vsm.screens.team_plans:open_people:{entity}",
        )
        for entity, key, words in (
            ("allocation", "a", "who works in which team, for which part of their time"),
            ("absence", "v", "who is away, and when"),
            ("interaction", "i", "which teams work together, how, and until when"),
            ("hire", "w", "whom a team wants to hire, or has hired"),
        )
    ),
    _team(
        "keep_prediction",
        "m",
        "Keep the prediction",
        "Keep by when the team under the cursor is saturated, with its odds, to see later whether "
        "it came true.",
        hint="keep",
        writes=True,
    ),
    _team(
        "remove_prediction",
        "x delete",
        "Remove the kept prediction",
        "Remove the kept prediction under the cursor; undo brings it back.",
        writes=True,
    ),
    _dependency(
        "narrow",
        "t",
        "Show one team only",
        "Choose a team: only what it is blocked by and what it blocks is shown.",
        hint="team",
    ),
    _dependency(
        "critical_path",
        "c",
        "Show the critical path",
        "List the chain that decides when the items under the cursor, or all that are marked on "
        "the board, can be finished.",
        hint="path",
    ),
    _dependency(
        "ask",
        "p",
        "Request by a date",
        "Request that the blocking item is delivered, and by when: it is proposed until the other "
        "side answers.",
        hint="ask",
        writes=True,
    ),
    _dependency(
        "accept",
        "a",
        "Accept the request",
        "Answer that the blocking item will be delivered.",
        hint="accept",
        writes=True,
    ),
    _dependency(
        "deliver",
        "d",
        "Mark as delivered",
        "The dependency is resolved, though its item may not be done: nobody is blocked any more.",
        hint="delivered",
        writes=True,
    ),
    _dependency(
        "break_off",
        "x",
        "Mark as broken",
        "The blocking item will not be delivered, or not in time.",
        hint="broken",
        writes=True,
    ),
    _overview(
        "stream_figures",
        "i space",
        "Show the items behind a figure",
        "List the figures of the stream under the cursor in words, stage by stage; Enter lists the "
        "items behind one.",
        hint="items behind",
    ),
    _overview(
        "sort_streams",
        "ctrl+o",
        "Sort the streams",
        "By name, WIP above the limits, cycle time, oldest item, blocked items, WIP; then by name "
        "again.",
        hint="sort",
    ),
    Action(
        "group_work",
        "v",
        "Group by step or by stream",
        "List the items by how far they are (active, queued, backlog, done), or by stream again.",
        scope=Scope.WORK,
        group=Group.FIGURES,
        hint="group",
    ),
    _flow(
        "next_figure",
        "tab",
        "Go to the next chart",
        "After the last chart of a page to the next page.",
    ),
    _flow(
        "compare",
        "c",
        "Compare with the window before",
        "The figures of this window beside those of as many days before it, with the differences; "
        "a report that is written then has them too.",
        hint="compare",
    ),
    _flow(
        "backlog",
        "b",
        "Hide or show the backlog",
        "Cumulative flow without the stages of the backlog, which can be far larger than the rest.",
    ),
    _flow(
        "narrow_type",
        "t",
        "Show one type only",
        "Choose a type of items: all charts are of it alone, beside what the filter says.",
        hint="type",
        runs="vsm.screens.flow_narrowing:narrow_type",
    ),
    _flow(
        "narrow_class",
        "T",
        "Show one class of service only",
        "Choose a class of service: all charts are of it alone, beside what the filter says.",
        runs="vsm.screens.flow_narrowing:narrow_class",
    ),
    _flow(
        "mark_day",
        "space",
        "Mark days in a chart",
        "In a chart over days: the range begins at the cursor and follows it. Enter shows the "
        "figures of these days, Esc removes the mark; Esc on all charts shows the window again.",
        hint="days",
    ),
    _flow(
        "mark_earlier",
        "H shift+left",
        "Mark a day further back",
        "Begin a range of days at the cursor, or make it longer or shorter.",
        palette=False,
    ),
    _flow(
        "mark_later",
        "L shift+right",
        "Mark a day further on",
        "Begin a range of days at the cursor, or make it longer or shorter.",
        palette=False,
    ),
    _flow("previous_figure", "shift+tab", "Go to the previous chart", "Also across pages."),
    _flow(
        "window",
        "w",
        "Lengthen the window",
        "Figures of 14, 30, 90, 180 days or of all of it; after the longest the shortest.",
        hint="window",
        also={Scope.MAP: "window", Scope.DELIVERY: "window"},
    ),
    _flow(
        "window_back",
        "W",
        "Shorten the window",
        "The same steps, the other way round.",
        also=places(Scope.MAP, Scope.DELIVERY),
    ),
)
