"""Write the docs that are made from code, or with --check tell which are out of date.

docs/board.svg and other pictures, and docs/report-weekly.md, are of the demo; docs/keys.md comes
from vsm/actions, the registry that bindings, palette and help use too; docs/cli.md from the
commands themselves; docs/promises.md from the marks of the tests; the JSON Schemas from the models
that exports are written by.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from promises import promises_page

from vsm.actions import ACTIONS, Action, Group, key_name
from vsm.app import VsmApp
from vsm.cli.docs import document
from vsm.connect.files.import_report import ImportReport
from vsm.connect.sync.results import SyncReport
from vsm.demo import open_demo
from vsm.features.bottlenecks.results import Bottlenecks
from vsm.features.capacity.results import Capacity
from vsm.features.compliance.results import Compliance
from vsm.features.delivery.definitions import DEFINITIONS as DELIVERY_DEFINITIONS
from vsm.features.delivery.results import Deliveries, Delivery
from vsm.features.dependencies.results import Dependencies
from vsm.features.forecast.item_results import ItemForecasts
from vsm.features.forecast.pin_results import Pins
from vsm.features.forecast.results import Forecast
from vsm.features.forecast.risk_results import Risks
from vsm.features.forecast.set_results import SetForecast
from vsm.features.governance.results import (
    ControlDetail,
    FactList,
    GateCosts,
    Governance,
    Library,
    ModeState,
    MoveCheck,
    Shadow,
    Waivers,
)
from vsm.features.governance.risk_results import ComplianceRisks
from vsm.features.map.definitions import DEFINITIONS as MAP_DEFINITIONS
from vsm.features.map.future_results import Compared
from vsm.features.map.results import ValueStreamMap
from vsm.features.metrics.results import Figures
from vsm.features.overview.results import Overview
from vsm.features.portfolio.results import Portfolio, WithoutSome
from vsm.features.portfolio.roadmap import Roadmap
from vsm.features.reports.reading import Asked, read_report
from vsm.features.reports.report import report
from vsm.features.reports.results import Report, Rules
from vsm.features.simulate.results import WhatIf
from vsm.features.snapshots.difference import Difference
from vsm.features.snapshots.results import Snapshot
from vsm.features.sprints.results import Bugs, SprintDetail, Sprints
from vsm.features.standards.results import Drift, StandardList, StandardText
from vsm.keymap import DEFAULT, PRESETS, preset
from vsm.model.decide.roles import COMMANDS, right_of_entity
from vsm.model.entities import ENTITIES
from vsm.model.report import ReportKind
from vsm.model.role import RIGHTS, Right, Role
from vsm.model.rules import to_micros
from vsm.reader import Reader
from vsm.report.log_row import LogRow
from vsm.report.markdown import draw_markdown
from vsm.report.schema import schema_of, schema_of_report
from vsm.screens.board.screen import BoardScreen
from vsm.widgets.glyphs import ASCII, UNICODE
from vsm.widgets.legend import legend

DOCS = Path(__file__).resolve().parents[1] / "docs"

KEYS_HEAD = """\
# Keys

Made from the registry of actions (`vsm/actions/`, `vsm/keymap.py`) by `make docs`; do not
edit. `?` (`F1` where text is typed) shows the keys in the program, those of where you are first;
`:` or `Ctrl+P` finds an action by name, `vsm keys` prints them.

There are two presets, `vim` (which you have unless you choose) and `standard`. `keys.toml` in
the configuration folder chooses one and gives actions, by their ids, keys of your own:

```toml
preset = "standard"

[keys]
undo = "U backspace"   # one key or several
drop = ""           # none: the palette still does it
```

A key is a character as typed (`L`, `?`) or a name: `left`, `pagedown`, `enter`, `space`,
`delete`, `f2`, also with `ctrl+`, `alt+` or `shift+`. Two actions may have one key where no place
has both of them. A file with an unknown action or key, with one key for two actions of a place,
or that leaves an action of dialogs with characters only (where text is typed they are text) is
refused with the line; `vsm keys --check` lists all that is wrong, and which keys your own take
away from other actions.
"""


LEGEND_HEAD = """\
They stand on cards, in the heads of columns and in the lines above and below the board; colours
only repeat what they say. The bar at the left edge of a card has the colour of its class of
service, and is red where the item is blocked."""


def code(text: str) -> str:
    """Text as Markdown code; a backtick or a pipe in it does no harm in a table."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}".replace("|", "\\|")


def keys() -> str:
    """The page of keys: one table a group, in the order of the registry."""
    out = [KEYS_HEAD]
    for group in Group:
        actions = [a for a in ACTIONS if a.group is group]
        if not actions:
            continue
        out += [
            f"## {group}",
            "",
            f"| {' | '.join(PRESETS)} | action | id | where | what it does |",
        ]
        out += ["| --- " * (len(PRESETS) + 4) + "|"]
        for action in actions:
            names = " | ".join(_keys_of(action, name) for name in PRESETS)
            places = (action.scope, *action.also)
            where = "; ".join(place[0].lower() + place[1:] for place in places)
            help_text = action.help.replace("|", "\\|")
            out.append(f"| {names} | {action.label} | `{action.id}` | {where} | {help_text} |")
        out.append("")
    usual = preset(DEFAULT)
    out += ["## Symbols", "", LEGEND_HEAD, "", "| symbol | `--ascii` | | what it says |"]
    out += ["| --- | --- | --- | --- |"]
    for (mark, words, means), (plain, *_) in zip(
        legend(UNICODE, usual), legend(ASCII, usual), strict=True
    ):
        out.append(f"| {code(mark)} | {code(plain)} | {words} | {means} |")
    return "\n".join([*out, ""])


def _keys_of(action: Action, name: str) -> str:
    """The keys that a preset gives an action."""
    return " ".join(code(key_name(key)) for key in preset(name).of(action.id)) or "palette"


DEMO_DAY = date(2026, 3, 31)
NOON = to_micros(datetime(DEMO_DAY.year, DEMO_DAY.month, DEMO_DAY.day, 12, tzinfo=UTC))
"""The day of pictures and of reports of the demo, and the moment that they are of."""


@cache
def demo() -> Path:
    """The demo organisation, made once; the folder goes with the process."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "demo.db"
    open_demo(path, today=DEMO_DAY)
    return path


def sample_report(kind: ReportKind) -> str:
    """A report of the demo as ``vsm report KIND --format md`` writes it."""
    reader = Reader(demo())
    try:
        stream = reader.stream_named("Card issuing") if kind.of_stream else None
        asked = Asked(kind=kind, stream=stream, since=None, until=NOON, present=True)
        return draw_markdown(report(read_report(reader, asked)))
    finally:
        reader.close()


def picture(*keys: str) -> str:
    """The demo organisation after these keys, drawn by the program itself on a day of its own."""
    os.environ.pop("NO_COLOR", None)  # the picture is the same on every machine

    async def draw(path: Path) -> str:
        app = VsmApp(path, actor="anna.kern", stream="Card issuing", now=lambda: NOON)
        async with app.run_test(size=(120, 36)) as pilot:
            await pilot.pause()
            screen = app.screen
            if isinstance(screen, BoardScreen):
                screen.parts.data.learn_pace()  # which it does by itself after a second
            for key in ("", *keys):
                if key:
                    await pilot.press(key)
                await app.reading.drain()
                await app.workers.wait_for_complete()
                await pilot.pause()
            return app.export_screenshot(title="vsm")

    return asyncio.run(draw(demo())) + "\n"


def report_schema(kind: type[Any]) -> str:
    """The JSON Schema of a report."""
    return schema(kind, schema_of_report)


def schema(kind: type[Any], make: Callable[[Any], dict[str, Any]] = schema_of) -> str:
    """The JSON Schema of a published result."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(about | make(kind), indent=2, ensure_ascii=False) + "\n"


MAP_HEAD = """\
# The value stream map

Made from `vsm/features/map/definitions.py` by `make docs`; do not edit.

`vsm map` shows a stream as a graph of its stages: process time, wait and %C&A of each, moves
between them, and totals, as measured and, in brackets, as people declared them. `vsm map
declare` declares for one stage, or for all from a pasted table `stage;PT;wait;C&A`. `≠` marks
what is declared more than 25% off. `vsm map note` puts a note (kaizen burst, `✱`) on a stage or
an edge. `vsm map --as-of` shows map, figures and declarations as they were then; old
declarations stay in the journal. `vsm export map`, and `X` on the screen, write Mermaid, DOT or
JSON, which [map.schema.json](map.schema.json) describes.

Screen `2` draws the map and changes it in place: insert, edit and declare, split, merge, retire
and restore stages, draw edges, choose where the clock starts; `z` takes each back whole. Heavy
lines are the main path, dashed ones below lead back. Of many edges only the most travelled are
drawn, and `a` shows all. Where items go other ways than the edges of the stream, as in most
imported logs, columns follow the moves. The first column stays in sight while a long map scrolls.
`WIP 4/5 +1` is four items of a limit of five, and one of a class that does not count into it. A
split keeps history and items in the first half, and loads of the weeks before stay as they were.
Of two merged neighbours the later one stays, so that items go on and nothing counts as rework.

Times are in elapsed days or in working time, as the stream has it (`vsm stream set --map-time
working`), and every map says which. In working time `0.5d` is 4 hours, else 12. Where a figure
is one of `vsm metrics` ([metrics.md](metrics.md)), it is that very figure.

Drafts of a map (`vsm map draft`): [future-states.md](future-states.md).

## Figures
"""


def map_page() -> str:
    """The page on the value stream map, with the definitions that the JSON has."""
    figures = (f"### `{name}`\n{text}" for name, text in MAP_DEFINITIONS.items())
    return "\n".join([MAP_HEAD, "\n\n".join(figures), ""])


DELIVERY_HEAD = """\
# Measures of delivery

Made from `vsm/features/delivery/definitions.py` by `make docs`; do not edit.

`vsm delivery` lists the services by name; `vsm delivery SERVICE` shows DORA's five measures of
2026 for one of them, and the cycle time from idea to live. On the screen (`D`) Enter opens what
is behind a figure: changes, deployments, incidents, items. Services are not ranked and get no
level: such levels are clusters of a survey that change every year, and what helps is the
deployments behind a figure. Nothing is about a person. How deployments get on record:
[delivery.md](delivery.md).

What differs from other tools:

- Moments in an impossible order (a review before the proposal, a deployment before the merge)
  make no time. Such changes are listed and left out; nothing is set to 0.
- An incident without a link is put down to the last deployment before it, up to the hours of the
  service, and is marked *inferred* wherever it counts. `l` on the screen, or `vsm incident link`,
  names the real one, or says that none caused it.
- Recovery that is not over counts with the time so far, so the median may be "> 6 h". Left out,
  the slowest recoveries would make it better the longer they last.
- With fewer than 20 deployments the 95% range is the figure: 1 of 4 is between 5% and 70%.
- Where no incident was ever recorded nothing is said about failed deployments: not recorded is
  not 0%.
- A comment by the author is no review; a review after the merge is none either.
- An arrow stands only where the latest full week is a signal.

In the past (`--as-of`, `,` and `.` on the screen) figures are of what was on record then.

## Figures
"""


def delivery_page() -> str:
    """The page on the measures of delivery, with the definitions that the JSON has."""
    figures = (f"### `{name}`\n{text}" for name, text in DELIVERY_DEFINITIONS.items())
    return "\n".join([DELIVERY_HEAD, "\n\n".join(figures), ""])


ROLES_HEAD = """\
# Roles

Made from `vsm/model/role.py` and `vsm/model/decide/roles.py` by `make docs`; do not edit.

`vsm role grant LOGIN ROLE [--stream NAME] [--until DATE]` gives somebody a role, `vsm role revoke`
takes it away, `vsm role list` says who has which. Until the first role is granted everybody may do
everything; whoever grants it is admin from then on, and the last admin stays. Everybody without a
role is a member. A role binds at the next command of an open session; an undo needs the right that
the change needed.

**On a file that people share roles are advice**: whoever may write the file can do anything to it,
with vsm or without. They bind where people reach it through vsm alone: the database belongs to an
account of its own, and they come by `vsm serve` or an SSH forced command ([serve.md](serve.md)).
There a key may allow less than its owner was granted (`vsm serve key add --role`, `vsm --role`).

Everybody may read and export, but for the people of teams: allocations are seen by coach, PMO,
admin and the member, kinds of absence by these and the own team, and the journal is exported by
those who may see all of it. Members record their own absences; those of others take the right to
change teams. A viewer neither rebuilds nor restores, and backs up what they may see all of; others
may, because backups are made by accounts without a role. Beyond that:
"""


def roles() -> str:
    """The page on roles: each command by each role."""
    needs = {_words(kind.__name__): right for kind, right in COMMANDS.items()}
    for entity in ENTITIES.values():
        needs[f"add, change, remove {entity.article} {entity.label}"] = right_of_entity(entity)
    needs["add, change, remove a mode"] = Right.GOVERN
    needs["grant or refuse a waiver"] = Right.GOVERN
    needs["import; more than 50 commands at once"] = Right.MANY
    needs["take something out; forget somebody"] = Right.ROLES
    lines = [ROLES_HEAD, f"| command | {' | '.join(Role)} |", f"|---|{':-:|' * len(Role)}"]
    for words, right in needs.items():
        marks = ("yes" if right in RIGHTS[role] else "–" for role in Role)
        lines.append(f"| {words} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def _words(name: str) -> str:
    """``AddItem`` in words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


PAGES: dict[str, Callable[[], str]] = {
    "bottlenecks.schema.json": lambda: report_schema(Bottlenecks),
    "board.svg": lambda: picture("l", "l", "l"),
    "capacity.schema.json": lambda: report_schema(Capacity),
    "cli.md": document,
    "compliance.schema.json": lambda: report_schema(Compliance),
    "dependencies.schema.json": lambda: report_schema(Dependencies),
    "flow.svg": lambda: picture("3"),
    "forecast.schema.json": lambda: report_schema(Forecast),
    "whatif.schema.json": lambda: report_schema(WhatIf),
    "forecast.svg": lambda: picture("7"),
    "forecast-items.schema.json": lambda: report_schema(ItemForecasts),
    "forecast-pins.schema.json": lambda: report_schema(Pins),
    "forecast-risks.schema.json": lambda: report_schema(Risks),
    "forecast-set.schema.json": lambda: report_schema(SetForecast),
    "portfolio-roadmap.schema.json": lambda: report_schema(Roadmap),
    "portfolio-without.schema.json": lambda: report_schema(WithoutSome),
    "portfolio.schema.json": lambda: report_schema(Portfolio),
    "report-portfolio.md": lambda: sample_report(ReportKind.PORTFOLIO),
    "report-weekly.md": lambda: sample_report(ReportKind.WEEKLY),
    "reports.svg": lambda: picture("R"),
    "report.schema.json": lambda: report_schema(Report),
    "report-rules.schema.json": lambda: report_schema(Rules),
    "sprint.schema.json": lambda: report_schema(SprintDetail),
    "delivery-measures.md": delivery_page,
    "delivery.schema.json": lambda: report_schema(Delivery),
    "deliveries.schema.json": lambda: report_schema(Deliveries),
    "sprints.schema.json": lambda: report_schema(Sprints),
    "bugs.schema.json": lambda: report_schema(Bugs),
    "gov.schema.json": lambda: report_schema(Governance),
    "gov-check.schema.json": lambda: report_schema(MoveCheck),
    "gov-control.schema.json": lambda: report_schema(ControlDetail),
    "gov-cost.schema.json": lambda: report_schema(GateCosts),
    "gov-risks.schema.json": lambda: report_schema(ComplianceRisks),
    "gov-facts.schema.json": lambda: report_schema(FactList),
    "gov-library.schema.json": lambda: report_schema(Library),
    "gov-mode.schema.json": lambda: report_schema(ModeState),
    "gov-shadow.schema.json": lambda: report_schema(Shadow),
    "gov-waivers.schema.json": lambda: report_schema(Waivers),
    "import.schema.json": lambda: schema(ImportReport),
    "keys.md": keys,
    "log.schema.json": lambda: schema(LogRow),
    "overview.schema.json": lambda: report_schema(Overview),
    "promises.md": promises_page,
    "map.md": lambda: map_page(),
    "map.schema.json": lambda: report_schema(ValueStreamMap),
    "map-draft.schema.json": lambda: report_schema(Compared),
    "metrics.schema.json": lambda: report_schema(Figures),
    "roles.md": roles,
    "stuck.svg": lambda: picture("4"),
    "snapshot-diff.schema.json": lambda: schema(Difference),
    "snapshot.schema.json": lambda: schema(Snapshot),
    "sync.schema.json": lambda: schema(SyncReport),
    "standard.schema.json": lambda: report_schema(StandardText),
    "standard-diff.schema.json": lambda: report_schema(Drift),
    "standard-list.schema.json": lambda: report_schema(StandardList),
}


def main() -> int:
    """Write or check every page; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if out of date")
    check = parser.parse_args().check
    stale: list[str] = []
    for name, make in PAGES.items():
        page, text = DOCS / name, make()
        if page.is_file() and page.read_text(encoding="utf-8") == text:
            continue
        stale.append(f"docs/{name}")
        if not check:
            page.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"out of date: {', '.join(stale)}; run 'make docs'", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
