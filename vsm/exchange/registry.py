"""The formats that can be imported, by name; their readers are loaded when they are used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from vsm.model.errors import BadInput

if TYPE_CHECKING:
    from vsm.exchange.reading import Reading

Read = Callable[..., "Reading"]
"""``read(path, *, project=None, progress=None) -> Reading``."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format: what people type, what it is, and the module that reads it."""

    name: str
    help: str
    module: str

    def reader(self) -> Read:
        """The function that reads a file of this format."""
        return cast(Read, import_module(self.module).read)


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(
            "jira",
            "Jira issues with their change log (Cloud or Server): a search page, a list, one"
            " issue, or one issue a line; plain or gzip",
            "vsm.exchange.jira",
        ),
    )
}


def find(name: str) -> Format:
    """The format of this name; raises :class:`BadInput` that lists those there are."""
    found = FORMATS.get(name.strip().casefold())
    if found is None:
        raise BadInput(f"there is no format {name!r}", f"there are: {', '.join(FORMATS)}")
    return found
