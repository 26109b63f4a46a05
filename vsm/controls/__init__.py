"""Reads controls from TOML: those that come with vsm, and those that people wrote."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from vsm.model.control.control import Severity
from vsm.model.control.expression import nearest
from vsm.model.errors import BadInput
from vsm.toml_files import TomlTable, parse_table, read_text

BUNDLED = Path(__file__).parent / "library"
_FIELDS = ("title", "why", "applies", "filter", "rule", "remedy", "severity", "refs", "template")
_SEE = "see one that works: vsm gov show chg-approved --toml"
_LONG = 20_000


def shipped() -> dict[str, dict[str, Any]]:
    """The values of every control that comes with vsm, by its name."""
    paths = sorted(BUNDLED.glob("*.toml"))
    return {path.stem: read_control(read_text(path), path.stem) for path in paths}


def source(name: str) -> str:
    """The text of a control that comes with vsm; raises :class:`BadInput`."""
    names = {path.stem: path for path in BUNDLED.glob("*.toml")}
    if name not in names:
        close = nearest(name, names)
        guess = f", did you mean {close!r}?" if close else ""
        raise BadInput(
            f"no control {name[:60]!r} comes with vsm{guess}",
            f"there are: {', '.join(sorted(names))}",
        )
    return read_text(names[name])


def read_file(path: Path) -> dict[str, Any]:
    """The values of a control in a file, which it is called after; raises :class:`BadInput`."""
    try:
        text = read_text(path)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror or error}", "name a file"
        ) from error
    return read_control(text, path.stem, str(path))


def read_control(text: str, name: str, path: str = "") -> dict[str, Any]:
    """The values of a control by field, as a command takes them; raises :class:`BadInput`."""
    top = parse_table(text, path or f"{name}.toml", _SEE)
    top.refuse_unknown(_FIELDS, ("example",))
    return {
        "name": name,
        "title": top.one_line("title"),
        "why": top.text("why", _LONG),
        "applies": top.one_line("applies"),
        "filter": top.text("filter"),
        "rule": top.text("rule", _LONG).strip(),
        "remedy": " ".join(top.text("remedy", 1000).split()),
        "severity": top.word("severity", Severity, Severity.MEDIUM).value,
        "refs": tuple(top.names("refs", 'refs = ["SOC2 CC8.1"]')),
        "template": top.text("template"),
        "examples": tuple(_example(table) for table in top.tables("example")),
    }


def _example(table: TomlTable) -> str:
    table.refuse_unknown(("expect", "why"), ("facts",))
    values = {"expect": table.text("expect"), "why": table.text("why")}
    facts = table.values.get("facts", {})
    return json.dumps({**values, "facts": _plain(facts)}, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A value of TOML as JSON has it; moments as ISO texts."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime | date | time) else value
