"""Writes a control as the TOML file that it could have been read from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from vsm.model.control.control import Control, Severity
from vsm.toml_files import quoted


def control_text(control: Control) -> str:
    """A control as TOML: reading it gives the same values, and so the same version."""
    lines = [f"title = {quoted(control.title)}"]
    if control.why:
        lines.append(f"why = {quoted(control.why)}")
    lines.append(f"applies = {quoted(control.applies)}")
    if control.filter:
        lines.append(f"filter = {quoted(control.filter)}")
    lines.append(f"rule = {quoted(control.rule)}")
    if control.remedy:
        lines.append(f"remedy = {quoted(control.remedy)}")
    if control.severity != Severity.MEDIUM:
        lines.append(f"severity = {quoted(control.severity)}")
    if control.refs:
        lines.append(f"refs = [{', '.join(map(quoted, control.refs))}]")
    if control.template:
        lines.append(f"template = {quoted(control.template)}")
    for text in control.examples:
        lines += ["", *_example(json.loads(text))]
    return "\n".join(lines) + "\n"


def _example(example: Mapping[str, Any]) -> list[str]:
    lines = ["[[example]]", f"expect = {quoted(example['expect'])}"]
    if example.get("why"):
        lines.append(f"why = {quoted(example['why'])}")
    facts = dict(example["facts"])
    change = facts.pop("change", None)
    tables = {"example.facts": facts, "example.facts.change": change}
    for name, table in tables.items():
        if table:
            lines.append(f"[{name}]")
            lines += [f"{_key(key)} = {_value(value)}" for key, value in table.items()]
    if not facts and not change:
        lines.append("facts = {}")
    return lines


def _value(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value) if "\n" not in value else json.dumps(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(part)}" for key, part in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return json.dumps(value)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else quoted(name)
