"""Write who waits for whom as a plain report."""

from __future__ import annotations

from vsm.features.dependencies.results import Dependencies, Path
from vsm.model.sanitise import inert_line
from vsm.report.text_table import Col, table, wrap

MOST = 12
"""Lines of a list before the rest is only counted."""


def team(name: str) -> str:
    """A team by its name; nobody's is a dash."""
    return inert_line(name) if name else "-"


def path_words(told: Dependencies, path: Path) -> str:
    """A path in a sentence."""
    by_id = {part.id: part for part in told.parts}
    names = " -> ".join(
        f"{inert_line(by_id[item].key)} ({team(by_id[item].team)}{_left(by_id[item].remaining)})"
        for item in path.items
    )
    due = f", due {path.due}" if path.due else ""
    late = ": too late" if path.late else ""
    ends = f"expected {path.ends}" if path.ends is not None else "not known when"
    return f"{names}: {ends}{due}{late}"


def _left(days: float | None) -> str:
    return f", {days:.0f} d" if days is not None else ""


def draw_waits(told: Dependencies, total: int = 80, asked: bool = False) -> list[str]:
    """Lines of the report, most of them at most ``total`` cells wide; ``asked`` says that paths are
    to what was asked for.
    """
    if not told.waits:
        return ["No unfinished item waits for another one."]
    by_id = {part.id: part for part in told.parts}
    days = sum(each.days for each in told.waits)
    count = len(told.waits)
    noun = "dependency" if count == 1 else "dependencies"
    lines = wrap(f"{count} open {noun} over all streams, {days:.0f} item-days waited", total)
    lines += wrap(inert_line(clock_words(told)), total) if told.clock_off else []
    rows = [
        (team(each.waiting), team(each.blocking), str(len(each.waits)), f"{each.days:.0f}")
        for each in told.matrix
    ]
    lines += ["", "Teams"]
    heads = [Col("waits"), Col("for"), Col("open", right=True), Col("item-days", right=True)]
    lines += ["  " + line for line in table(heads, rows[:MOST])]
    lines += _rest(len(rows))
    lines += ["", "Top blockers"]
    top = [
        (
            inert_line(by_id[each.item].key),
            team(by_id[each.item].team),
            inert_line(by_id[each.item].stage) + (", blocked" if by_id[each.item].blocked else ""),
            str(len(each.behind)),
            f"{each.days:.0f}",
            inert_line(by_id[each.item].title),
        )
        for each in told.blockers
    ]
    heads = [
        *(Col("item"), Col("team"), Col("stage"), Col("behind it", right=True)),
        *(Col("item-days", right=True), Col("title")),
    ]
    lines += ["  " + line[: total - 2].rstrip() for line in table(heads, top[:MOST])]
    lines += _rest(len(top))
    if told.paths:
        lines += ["", f"Critical paths to what {'was asked for' if asked else 'is due'}"]
        for path in told.paths[:MOST]:
            lines += wrap(path_words(told, path), total, "    ", "  ")
        lines += _rest(len(told.paths))
    if told.cycles:
        lines += ["", "Circles: none of these can be finished first"]
        for cycle in told.cycles[:MOST]:
            keys = [inert_line(by_id[item].key) for item in (*cycle.items, cycle.items[0])]
            a, b = (inert_line(by_id[item].key) for item in cycle.cut)
            lines += wrap(" -> ".join(keys), total, "    ", "  ")
            lines += wrap(f"break it: vsm item unlink {a} blocks {b}", total, "    ")
        lines += _rest(len(told.cycles))
    if told.risks:
        lines += ["", "At risk"]
        for risk in told.risks[:MOST]:
            lines += wrap(f"{risk.kind.value}: {inert_line(risk.why)}", total, "    ", "  ")
        lines += _rest(len(told.risks))
    return lines


def clock_words(told: Dependencies) -> str:
    """Which items wait for nobody knows how long, as a clock was ahead."""
    keys = {part.id: part.key for part in told.parts}
    items = told.clock_off
    named = ", ".join(keys[item] for item in items[:MOST])
    more = f" and {len(items) - MOST} more" if len(items) > MOST else ""
    return (
        f"Waits that seem to begin later than now (a clock was ahead) count no days: {named}{more}"
    )


def _rest(count: int) -> list[str]:
    return [f"  and {count - MOST} more: --json lists all"] if count > MOST else []
