"""Lists the formats that can be imported; their readers are loaded when they are used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from vsm.model.errors import BadInput

if TYPE_CHECKING:
    from vsm.connect.files.parsed_file import ParsedFile

Read = Callable[..., "ParsedFile"]
"""``read(path, *, progress=None, …) -> ParsedFile``, with ``zone`` if times may name none."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its name on the command line, its description and the module that reads it.

    ``plain`` says that no system stands behind it: its ids are unique within a stream only, and its
    times may name no zone.
    """

    name: str
    help: str
    module: str
    plain: bool = True

    def reader(self) -> Read:
        """The function that reads a file of this format."""
        return cast(Read, import_module(self.module).read)


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(
            "jira",
            "Jira issues with their change log (Cloud or Server): a search page, a list, one"
            " issue, or one issue a line",
            "vsm.connect.files.jira",
            plain=False,
        ),
        Format(
            "csv",
            "an event log: one event a row with case, activity and time",
            "vsm.connect.files.event_csv",
        ),
        Format(
            "xes", "an event log as XES, the standard of process mining", "vsm.connect.files.xes"
        ),
        Format(
            "actionableagile",
            "ActionableAgile CSV: one item a row with the day on which it entered each stage",
            "vsm.connect.files.actionableagile",
        ),
        Format(
            "startfinish",
            "CSV with one item a row: id, start, finish",
            "vsm.connect.files.startfinish",
        ),
    )
}


def find(name: str) -> Format:
    """The format of this name; raises :class:`BadInput` with a list of the formats."""
    match = FORMATS.get(name.strip().casefold())
    if match is None:
        raise BadInput(f"there is no format {name!r}", f"there are: {', '.join(FORMATS)}")
    return match
