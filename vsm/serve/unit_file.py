"""Reads the systemd unit that serves a board, and says which of its safeguards are missing."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from vsm.serve.findings import Finding, Status

SAFEGUARDS: dict[str, tuple[str, ...]] = {
    "NoNewPrivileges": ("yes", "true", "1", "on"),
    "ProtectSystem": ("strict",),
    "ProtectHome": ("yes", "true", "1", "on", "tmpfs", "read-only"),
    "PrivateTmp": ("yes", "true", "1", "on", "disconnected"),
    "RestrictSUIDSGID": ("yes", "true", "1", "on"),
    "CapabilityBoundingSet": ("",),
}
"""Settings that docs/serve.md has in its unit, each with the values that are as safe."""


def check_units(folders: Iterable[Path], database: Path) -> Iterator[Finding]:
    """Check each unit that runs ``vsm serve``; there need not be one."""
    units = [unit for folder in folders for unit in _units(folder)]
    seen: set[str] = set()
    for unit, settings in units:
        if unit.name not in seen:  # of the same name the first one counts
            seen.add(unit.name)
            yield _check(unit, settings)
    if not units:
        yield Finding("unit", Status.NOTE, "no systemd unit serves a board: docs/serve.md has one")


def _units(folder: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    try:
        files = sorted(folder.glob("*.service"))
    except OSError:
        return
    for file in files:
        try:
            settings = _settings(file.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue  # a unit that cannot be read is not this user's to check
        words = settings.get("ExecStart", "").split()
        if "serve" in words and any(Path(word).name == "vsm" for word in words):
            yield file, settings


def _settings(text: str) -> dict[str, str]:
    """The last value of each setting of a unit."""
    out: dict[str, str] = {}
    for line in text.replace("\\\n", " ").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith(("#", ";")):
            out[name.strip()] = value.strip()
    return out


def _check(unit: Path, settings: dict[str, str]) -> Finding:
    command = f"systemctl edit --full {shlex.quote(unit.name)}"
    if settings.get("User", "root") in ("root", "0") and settings.get("DynamicUser") is None:
        return Finding("unit", Status.FIX, f"{unit} serves as root", command)
    missing = [
        name
        for name, values in SAFEGUARDS.items()
        if name not in settings or settings[name].casefold() not in values
    ]
    if missing:
        text = f"{unit} lacks {', '.join(missing)}, which docs/serve.md has"
        return Finding("unit", Status.FIX, text, command)
    return Finding("unit", Status.OK, f"{unit} has its safeguards")
