"""Write where a stream is stuck as a plain report."""

from __future__ import annotations

from vsm.features.bottlenecks.results import SUREST, Bottlenecks, StageEvidence, TeamLoad
from vsm.model.sanitise import inert_line
from vsm.report.text_table import Col, table, wrap

SHOWN = 10
"""Items that are left out and named before the rest is only counted."""
HEADS = (
    "stage",
    "in/wk",
    "out/wk",
    "places",
    "days each",
    "used",
    "likely",
    "grows",
    "of waiting",
    "WIP",
)


def share(value: float | None, most: float = 9.99) -> str:
    """A share as a percentage; ``-`` for none."""
    return "-" if value is None else f"{min(value, most):.0%}".replace("%", " %")


def signed(value: float) -> str:
    """A change with its sign; none is 0."""
    text = f"{value:+.1f}"
    return "0" if text in ("+0.0", "-0.0") else text


def places(each: StageEvidence, unknown: str = "-") -> str:
    """How many parallel places a stage has: a number, or any."""
    if each.delays:
        return "any"
    return unknown if each.parallel_places is None else f"{each.parallel_places:.0f}"


def load(team: TeamLoad) -> str:
    """What a team that works on several stages behaves like."""
    text = f"{inert_line(team.team)} works on {inert_line(' and '.join(team.stages))}: "
    if team.parallel_places is None:
        return f"{text}no limit that they share is seen"
    many = max(1, round(team.parallel_places))
    return f"{text}like {many} place{'s' if many > 1 else ''}, {share(team.utilisation)} used"


def row(each: StageEvidence) -> tuple[str, ...]:
    """The evidence on a stage, one text for each of :data:`HEADS`."""
    return (
        inert_line(each.name),
        f"{each.arrivals:.1f}",
        f"{each.departures:.1f}",
        places(each),
        "-" if each.touch_days is None else f"{each.touch_days:.1f}",
        share(each.utilisation),
        share(each.chance, SUREST),
        signed(each.growth),
        share(each.share_of_waiting),
        f"{each.wip}/{each.limit}" if each.limit else str(each.wip),
    )


def left_out(told: Bottlenecks) -> str:
    """Which items are left out, as their moves run backwards in time; empty where none is."""
    count = len(told.backwards)
    if not count:
        return ""
    keys = dict(told.keys)
    named = ", ".join(keys[item] for item in told.backwards[:SHOWN])
    more = f" and {count - SHOWN} more" if count > SHOWN else ""
    what = "1 item is left out, as its" if count == 1 else f"{count} items are left out, as their"
    return (
        f"{what} moves run backwards in time (a clock was wrong); the true load may be higher:"
        f" {named}{more}"
    )


def draw_stuck(told: Bottlenecks, total: int = 80) -> list[str]:
    """Lines of the report, at most ``total`` cells wide: verdict, evidence, what to do next."""
    found = told.verdict
    sure = f" ({share(found.confidence)} sure)" if found.confidence else ""
    lines = wrap(f"{inert_line(told.stream)}: {inert_line(found.heading)}{sure}", total)
    lines += [f"  from {told.watched.first} to {told.watched.last}", ""]
    lines += wrap(inert_line(found.reason), total, "  ")
    if found.against:
        lines += ["", "What speaks against it"]
        for each in found.against:
            lines += wrap(inert_line(each), total, "    ", "  - ")
    lines += ["", "Stages"]
    cols = [Col(head, right=n > 0) for n, head in enumerate(HEADS)]
    lines += ["  " + line for line in table(cols, [row(each) for each in told.stages])]
    for team in told.teams:
        lines += wrap(load(team), total, "  ")
    if told.min_cut:
        lines += wrap(
            f"What can flow is bounded by {inert_line(', '.join(told.min_cut))}", total, "  "
        )
    lines += wrap(inert_line(left_out(told)), total, "  ") if told.backwards else []
    lines += ["", "What to do next"]
    keys = dict(told.keys)
    for n, action in enumerate(told.actions, 1):
        lines += wrap(inert_line(action.what), total, "     ", f"{n:3}. ")
        lines += wrap(inert_line(action.why), total, "     ")
        if action.items:
            lines += wrap(
                ", ".join(inert_line(keys[item]) for item in action.items), total, "     "
            )
    if not told.actions:
        lines.append("  nothing stands out")
    return lines
