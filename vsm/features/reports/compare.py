"""Compares two reports that were written as JSON, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vsm.features.reports.report import SEVERITIES
from vsm.features.reports.results import Report
from vsm.model.errors import BadInput
from vsm.model.plural import count
from vsm.report.document import Document, Section, Sentence
from vsm.report.wording import day

_WRITTEN = "name a file that vsm report KIND --json -o FILE has written"


def check_report(value: Any, name: str) -> Mapping[str, Any]:
    """A report as it was read from a file; raises :class:`BadInput` where it is none."""
    if not isinstance(value, dict) or value.get("schema", Report.SCHEMA) != Report.SCHEMA:
        raise BadInput(f"{name} is no report", _WRITTEN)
    facts = value.get("facts")
    window = value.get("window")
    if not isinstance(facts, list) or not isinstance(window, dict):
        raise BadInput(f"{name} is no report: it has no facts", _WRITTEN)
    for number, fact in enumerate(facts, 1):
        is_whole = isinstance(fact, dict) and all(
            isinstance(fact.get(key), kind)
            for key, kind in (("id", str), ("text", str), ("severity", int))
        )
        if not is_whole or fact["severity"] not in range(4) or fact["severity"] is True:
            raise BadInput(f"{name}: fact {number} lacks id, text or severity", _WRITTEN)
    if not isinstance(value.get("kind"), str) or not isinstance(value.get("subject"), str):
        raise BadInput(f"{name} is no report: it has no kind or no subject", _WRITTEN)
    if value.get("nothing_changed"):
        raise BadInput(
            f"{name} says only that nothing changed", "compare with the report before it"
        )
    return value


def compare_reports(before: Mapping[str, Any], after: Mapping[str, Any]) -> Document:
    """What the later report says that the earlier did not, and the reverse."""
    for name in ("kind", "subject"):
        if before.get(name) != after.get(name):
            raise BadInput(
                f"one is the {before.get('kind')} report of {before.get('subject')}, the other the"
                f" {after.get('kind')} report of {after.get('subject')}",
                "compare two of the same kind and subject",
            )
    old = {str(fact["id"]): fact for fact in before["facts"]}
    new = {str(fact["id"]): fact for fact in after["facts"]}
    parts = [
        ("New", [_text(new[id]) for id in new if id not in old]),
        ("No longer so", [_text(old[id]) for id in old if id not in new]),
        ("Worse", _moved(old, new, worse=True)),
        ("Better", _moved(old, new, worse=False)),
        ("Changed", _reworded(old, new)),
    ]
    sections = tuple(
        Section(f"{title} ({len(texts)})", tuple(Sentence(text, lead="•") for text in texts))
        for title, texts in parts
        if texts
    )
    same = sum(
        id in old and all(new[id][key] == old[id][key] for key in ("text", "severity"))
        for id in new
    )
    last = Section("", (Sentence(f"The same in both: {count(same, 'fact')}.", "faint"),))
    about = f"{_window(before)}, against {_window(after)}"
    return Document(
        f"{str(after['kind']).capitalize()} reports compared: {after['subject']}",
        (about,),
        (*sections, last),
    )


def _window(report: Mapping[str, Any]) -> str:
    window = report["window"]
    zone = str(report.get("timezone"))
    return f"{_day_of(window.get('from'), zone)} to {_day_of(window.get('to'), zone)}"


def _day_of(moment: Any, zone: str) -> str:
    """The day of a moment in JSON, in the form that was chosen."""
    try:
        at = datetime.fromisoformat(str(moment))
        return day(at.astimezone(ZoneInfo(zone)).date())
    except (ValueError, OSError, OverflowError, ZoneInfoNotFoundError):
        return str(moment)[:10]


def _text(fact: Mapping[str, Any]) -> str:
    return str(fact["text"])


def _moved(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]], *, worse: bool
) -> Sequence[str]:
    out = []
    for id, fact in new.items():
        if id in old:
            change = int(fact["severity"]) - int(old[id]["severity"])
            if change and (change > 0) is worse:
                out.append(f"{fact['text']} (was: {SEVERITIES[old[id]['severity']]})")
    return out


def _reworded(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> Sequence[str]:
    return [
        f"{fact['text']} (was: {old[id]['text']})"
        for id, fact in new.items()
        if id in old and fact["severity"] == old[id]["severity"] and fact["text"] != old[id]["text"]
    ]
