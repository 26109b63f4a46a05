"""Parses fields that only Jira has: keys, people, descriptions, links, estimates."""

from __future__ import annotations

import math
import re
from typing import Any

from vsm.connect.files.item_fields import shown
from vsm.connect.files.json_fields import Malformed, mapping, name, text
from vsm.model.item import LinkKind

_KEY = re.compile(r"[^\W\d_][\w.]{0,99}-[0-9]{1,18}")

Triple = tuple[LinkKind, str, str]


def key(value: Any, field: str) -> str:
    """An issue key such as ``PAY-131``."""
    if isinstance(value, str) and _KEY.fullmatch(value):
        return value
    raise Malformed(field, f"{shown(value)} is no issue key like PAY-131")


def person(value: Any, field: str) -> str:
    """The name of a user: the login name (Server), else the display name, else the id."""
    user = mapping(value, field)
    for part in ("name", "displayName", "accountId"):
        label = name(user.get(part), f"{field}.{part}") if user.get(part) else ""
        if label:
            return label
    return ""


# -- descriptions -------------------------------------------------------------------

_BLOCKS = {
    "paragraph", "heading", "codeBlock", "listItem", "taskItem", "decisionItem",
    "tableRow", "rule", "panel", "blockquote", "mediaSingle", "expand",
}  # fmt: skip
_INLINE = {
    "mention": "text",
    "emoji": "text",
    "inlineCard": "url",
    "status": "text",
    "date": "timestamp",
}


def description(value: Any, field: str) -> str:
    """Plain text of a description: Server's text, or Cloud's Atlassian document."""
    if not isinstance(value, dict):
        return text(value, field)
    out: list[str] = []
    _document(value, out)
    return re.sub(r"\n{3,}", "\n\n", "".join(out)).strip()


def _document(node: Any, out: list[str]) -> None:
    if not isinstance(node, dict):
        return
    kind = node.get("type")
    if kind == "text":
        out.append(str(node.get("text") or ""))
    elif kind == "hardBreak":
        out.append("\n")
    elif isinstance(kind, str) and kind in _INLINE:
        about = node.get("attrs")
        out.append(str(about.get(_INLINE[kind]) or "") if isinstance(about, dict) else "")
    if kind in ("listItem", "taskItem", "decisionItem"):
        out.append("- ")
    content = node.get("content")
    if isinstance(content, list):
        for child in content:
            _document(child, out)
    if isinstance(kind, str) and kind in _BLOCKS and out and not out[-1].endswith("\n"):
        out.append("\n")


# -- estimates and names of custom fields --------------------------------------------

_POINTS = ("story points", "story point estimate", "storypoints", "story_points")
_PARENTS = ("epic link", "parent link")


def custom(names: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the fields for estimate and parent, by the field names in an export."""
    named = [(k, v.casefold()) for k, v in names.items() if isinstance(v, str)]
    points = [k for k, v in named if v in _POINTS]
    parents = [k for k, v in named if v in _PARENTS]
    return (
        (*points, "storyPoints", "story_points", "Story Points", "Story points"),
        (*parents, "Epic Link"),
    )


def estimate(fields: dict[str, Any], ids: tuple[str, ...]) -> float | None:
    """Story points, from the first of these fields that has a number."""
    for field in ids:
        value = fields.get(field)
        if isinstance(value, (int, float)) and value is not True and value is not False:
            points = float(value)
            if math.isfinite(points) and points >= 0:
                return points
    return None


def parent(fields: dict[str, Any], ids: tuple[str, ...]) -> str | None:
    """Key of the parent issue or the epic."""
    for field in ("parent", "epic"):
        value = fields.get(field)
        if isinstance(value, dict) and value.get("key") is not None:
            return key(value["key"], f"fields.{field}.key")
    for field in ids:
        value = fields.get(field)
        if isinstance(value, str) and _KEY.fullmatch(value):
            return value
    return None


# -- links --------------------------------------------------------------------------

# "A <phrase> B" says that B has to wait for A. Link types are named by each site, so the
# phrases decide; the word lists hold those of Jira itself and of the usual planning add-ons.
_BLOCKS_OTHER = re.compile(
    r"(is )?(blocks|blocking|blocker (of|for)|gates|gating)"
    r"|(is )?(required|needed) (by|for)"
    r"|(is |has )?(a )?(depended (up)?on by|dependency (of|for)|dependants?)"
    r"|(is )?(a )?prerequisite (of|for|to)"
    r"|(is )?(a )?(precedes|predecessor of|followed by|before)"
    r"|(has to|must|needs to|should) be (done|finished|completed|resolved) before"
    r"|holds up|is waited (up)?on by"
    r"|blockiert|ist voraussetzung für|wird benötigt (von|für)|bloque|bloquea|bloqueia|blocca"
)
_BLOCKED_BY = re.compile(
    r"(is |was )?(blocked|gated|held up) (by|on)"
    r"|depends (up)?on|depends|(is )?depend[ae]nt (up)?on|has (a )?dependency on"
    r"|requires|needs"
    r"|(is )?(a )?(preceded by|successor of|follows|after)"
    r"|(has to|must|needs to|should) be (done|finished|completed|resolved) after"
    r"|(is )?wait(s|ing) (for|on)"
    r"|(wird|ist) blockiert (von|durch)|hängt ab von|benötigt|est bloquée? par|dépend de"
    r"|(es|está|é) bloquead[oa] por|depende de|(è )?bloccat[oa] da|dipende da"
)


def phrase(words: Any) -> int:
    """1 if "A words B" means that A blocks B, -1 if B blocks A, 0 for anything else."""
    if not isinstance(words, str):
        return 0
    plain = " ".join(words.casefold().split()).strip(" :.…")
    if _BLOCKED_BY.fullmatch(plain):
        return -1
    return 1 if _BLOCKS_OTHER.fullmatch(plain) else 0


def direction(kind: dict[str, Any]) -> int:
    """1 if the outward end of a link type blocks the other, -1 for the reverse, else 0.

    Both phrases of the type count; if they contradict each other, the link blocks nothing.
    """
    outward, inward = phrase(kind.get("outward")), -phrase(kind.get("inward"))
    if outward and inward and outward != inward:
        return 0
    return outward or inward


def relation(sign: int, outer: str, inner: str) -> Triple:
    """The link of "``outer`` <outward phrase> ``inner``", the same from both ends."""
    if not sign:
        return (LinkKind.RELATES, *LinkKind.RELATES.ends(outer, inner))
    return (LinkKind.BLOCKS, outer, inner) if sign > 0 else (LinkKind.BLOCKS, inner, outer)
