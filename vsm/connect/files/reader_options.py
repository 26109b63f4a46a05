"""Turns options as people give them, on the command line or in a form, into those of a reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vsm.connect.files.registry import Format

COLUMN = "column_"
"""The beginning of the names of options that name the column of a role."""


def reader_options(known: Format, options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a format's ``read``; those of other formats are left out.

    Of a table the columns are gathered by role, delimiter and encoding become its dialect.
    """
    names = {option.name for option in known.options}
    out = {name: value for name, value in options.items() if name in names}
    if known.table:
        from vsm.connect.files.table import Dialect

        out["dialect"] = Dialect(out.pop("delimiter", None), out.pop("encoding", None))
        out["columns"] = {
            name.removeprefix(COLUMN): value
            for name, value in options.items()
            if name.startswith(COLUMN)
        }
    return out
