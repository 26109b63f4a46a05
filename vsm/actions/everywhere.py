"""Actions of every screen: the tabs, the past, export, help, palette, leaving."""

from __future__ import annotations

from functools import partial

from vsm.actions.action import Action, Group, Needs, Scope, places

_tab = partial(Action, scope=Scope.APP, group=Group.FIGURES, needs=Needs.STREAM, tab=True)
_past = partial(Action, scope=Scope.APP, group=Group.FIGURES, needs=Needs.STREAM)
_program = partial(Action, scope=Scope.APP, group=Group.PROGRAM)

ACTIONS = (
    _tab(
        "overview",
        "0",
        "Overview",
        "Show all value streams, one row each: WIP against the limits, cycle time, throughput, "
        "oldest and blocked items, bottleneck. Enter opens the board of the stream.",
        runs="vsm.screens.overview:OverviewScreen",
    ),
    _tab("board", "1", "Board", "Show the items of the value stream."),
    _tab(
        "map",
        "2",
        "Map",
        "Show the value stream map: stages with process time, wait and %C&A, what flows between "
        "them, the timeline; change it in place.",
        runs="vsm.screens.map:MapScreen",
    ),
    _tab(
        "flow",
        "3",
        "Flow",
        "Show how the stream flows: cycle time, cumulative flow, ageing work, throughput, waiting, "
        "blockers, rework, work mix.",
        runs="vsm.screens.flow:FlowScreen",
    ),
    _tab(
        "stuck",
        "4",
        "Bottlenecks",
        "Show what limits throughput, why, how certain that is, what contradicts it, and what to "
        "do next.",
        runs="vsm.screens.bottlenecks:BottlenecksScreen",
    ),
    _tab(
        "waits",
        "5",
        "Dependencies",
        "Show dependencies between teams over all streams, what they cost, the critical paths to "
        "due items, and what is at risk.",
        runs="vsm.screens.dependencies:DependenciesScreen",
    ),
    _tab(
        "teams",
        "6",
        "Teams",
        "Show how loaded teams are over all streams, when they will be saturated, and whether to "
        "pivot or hire.",
        runs="vsm.screens.teams:TeamsScreen",
    ),
    _tab(
        "forecast",
        "7",
        "Forecast",
        "Show how many items will be finished by when, with their odds, and how often such "
        "forecasts came true.",
        runs="vsm.screens.forecast:ForecastScreen",
    ),
    _tab(
        "portfolio",
        "8",
        "Portfolio",
        "Show initiatives with their odds and their worth, what the order costs, which to ask "
        "about, and which objectives the work serves.",
        runs="vsm.screens.portfolio:PortfolioScreen",
    ),
    _tab(
        "governance",
        "9",
        "Governance",
        "Show the controls of the stream: their modes, what they find and refuse, what they cost; "
        "waivers, and replays of a control on the past.",
        runs="vsm.screens.governance:GovernanceScreen",
    ),
    _tab(
        "sprints",
        "S",
        "Sprints",
        "Show the sprints of the stream: commitment, burn-down for any day, velocity as a range, "
        "what was carried over, and bugs.",
        runs="vsm.screens.sprints:SprintsScreen",
    ),
    _tab(
        "delivery",
        "D",
        "Delivery",
        "Show how each service is delivered: lead time of changes, frequency, fail rate, recovery, "
        "rework, and what is behind each figure.",
        runs="vsm.screens.delivery:DeliveryScreen",
    ),
    _tab(
        "reports",
        "R",
        "Reports",
        "Show what changed since the last report and what needs a decision, in sentences that open "
        "the items behind them: weekly, portfolio, service, governance, retro, handover.",
        runs="vsm.screens.reports:ReportsScreen",
    ),
    _tab(
        "organisation",
        "o",
        "Organisation",
        "Add, change, order and retire streams, stages, edges, teams, members and who works where "
        "in one place; start a new stream from a template.",
        group=Group.STEER,
        needs=Needs.STREAM | Needs.PRESENT,
        also=places(Scope.ORGANISATION),
        runs="vsm.screens.board.stage_settings:open_organisation",
    ),
    _past(
        "earlier",
        ", [",
        "Go a week back",
        "Show board and figures as of a week earlier; the past is read-only.",
        hint="past",
        runs="vsm.screens.as_of:week_earlier",
    ),
    _past(
        "later",
        ". ]",
        "Go a week forward",
        "Show board and figures as of a week later, up to now.",
        runs="vsm.screens.as_of:week_later",
    ),
    _past(
        "day_earlier",
        "< {",
        "Go a day back",
        "Show board and figures as of a day earlier; the past is read-only.",
        runs="vsm.screens.as_of:day_earlier",
    ),
    _past(
        "day_later",
        "> }",
        "Go a day forward",
        "Show board and figures as of a day later, up to now.",
        runs="vsm.screens.as_of:day_later",
    ),
    _past(
        "data_end",
        "$",
        "Go to the end of the data",
        "Show board and figures as of the last recorded move.",
        runs="vsm.screens.as_of:to_end",
    ),
    _past("present", ";", "Go back to now", "Leave the past.", runs="vsm.screens.as_of:leave"),
    _past(
        "log",
        "f2",
        "Open the log",
        "List what was changed, by whom and when; Enter shows the item as it was then.",
        runs="vsm.screens.log:open_log",
    ),
    _past(
        "feed",
        "F",
        "Show the changes by others",
        "List the last 50 changes that others made: who, when and what. Enter shows the item.",
        group=Group.OTHERS,
        runs="vsm.screens.feed:open_feed",
    ),
    _past(
        "work",
        "@",
        "My work in all streams",
        "List the items of all streams that match a filter, at first those that you own, by stream "
        "or by how far they are; move, take and block them there.",
        group=Group.FIND,
        also={Scope.OVERVIEW: "my work"},
        runs="vsm.screens.work:WorkScreen",
    ),
    _past(
        "follow",
        "P",
        "Show who is here, and follow somebody",
        "List the colleagues who have a board of this database open, and where (presence). Enter "
        "follows: your cursor goes where theirs goes, until you press Esc or any other key.",
        group=Group.OTHERS,
        hint="others",
        needs=Needs.STREAM | Needs.PRESENT,
        runs="vsm.screens.following:choose",
    ),
    _past(
        "hide",
        "",
        "Hide from others",
        "Presence: in this session colleagues do not see that you are here, and you see nobody; "
        "run it again to come back. config.toml does it for ever.",
        group=Group.OTHERS,
        back="Show me again",
        runs="vsm.screens.following:switch",
    ),
    _past(
        "export",
        "X",
        "Export to a file",
        "Write a snapshot, items, histories or the journal to a file, or the report of the screen "
        "as text, Markdown, HTML or JSON. Where vsm is served they are copied to the clipboard of "
        "your terminal.",
        needs=Needs.STREAM | Needs.EXPORT,
        runs="vsm.screens.exporting:export_from",
    ),
    _past(
        "import_file",
        "I",
        "Import a file",
        "Read work items with their history from a file of another tool; a dry run first.",
        group=Group.STEER,
        needs=Needs.STREAM | Needs.FILES | Needs.PRESENT | Needs.WRITABLE,
        runs="vsm.screens.import_file:import_file",
    ),
    _program(
        "palette",
        ": ctrl+p",
        "Open the palette",
        "Find an action by name and run it.",
        also=places(Scope.WELCOME),
        palette=False,
        runs="vsm.screens.palette:open_palette",
    ),
    _program(
        "help",
        "? f1",
        "Show help",
        "List every key, those of where you are first; type to filter the list. In a text field "
        "only the function key does it.",
        hint="help",
        also=places(Scope.WELCOME, Scope.FILTER, Scope.DIALOG),
        runs="vsm.screens.help:open_help",
    ),
    _program(
        "switch_theme",
        "",
        "Change the theme",
        "Dark, light, high contrast, 16 colours or none; config.toml keeps a theme for ever.",
        also=places(Scope.WELCOME),
        runs="vsm.screens.theme_dialog:choose_theme",
    ),
    _program(
        "suspend_process",
        "ctrl+z",
        "Suspend vsm",
        "Stop and go to the shell that started vsm; fg comes back.",
        also=places(Scope.WELCOME, Scope.FILTER, Scope.DIALOG),
        needs=Needs.SUSPEND,
    ),
    _program(
        "repaint",
        "ctrl+l",
        "Repaint the screen",
        "Draw everything anew, where another program wrote on the terminal.",
        also=places(Scope.WELCOME, Scope.FILTER, Scope.DIALOG),
    ),
    _program(
        "quit", "q", "Quit", "Leave; everything is saved already.", also=places(Scope.WELCOME)
    ),
)
