"""Keeps which items of a source were read, and with which stamp, so that the next run asks less."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

BYTES_MAX = 256 << 20


class Outcome(IntEnum):
    """What became of an item when it was read last."""

    LEFT_OUT = 0
    RECORDED = 1
    KEPT = 2
    """People here had changed it, so it stays as they made it."""


class Known(NamedTuple):
    """An item as it was read last: its stamp, its key and what became of it."""

    stamp: str
    key: str
    outcome: Outcome


def read_known(folder: Path) -> dict[str, Known]:
    """The items by their ids; empty where nothing is known, or nothing that can be read."""
    try:
        with gzip.open(folder / "known.json.gz", "rb") as file:
            raw = file.read(BYTES_MAX + 1)
        rows = json.loads(raw) if len(raw) <= BYTES_MAX else {}
        return {
            str(item): Known(str(stamp), str(key), Outcome(outcome))
            for item, (stamp, key, outcome) in rows.items()
        }
    except (OSError, EOFError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def keep_known(folder: Path, known: Mapping[str, Known]) -> None:
    """Write the items, whole or not at all."""
    part = folder / "known.json.gz.part"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(gzip.compress(json.dumps(known).encode(), 1, mtime=0))
    os.replace(part, folder / "known.json.gz")
