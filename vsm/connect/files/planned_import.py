"""The plan of an import together with what a person should be told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vsm.model.history import ImportPlan, Skipped


@dataclass(frozen=True, slots=True)
class Plan(ImportPlan):
    """An :class:`ImportPlan` and how it came about.

    ``unmapped`` counts entries into statuses that no stage takes. ``formerly`` has the older
    names of statuses that were renamed. ``notes`` tell what was taken otherwise than it stands in
    the file. ``found`` and ``read_as`` are those of the
    :class:`~vsm.connect.files.parsed_file.Reading`. ``guessed`` says that nobody gave the stages,
    ``new`` that the stream is to be made.
    """

    unmapped: Mapping[str, int] = field(default_factory=dict)
    formerly: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[Skipped, ...] = ()
    found: Mapping[str, int] = field(default_factory=dict)
    read_as: Mapping[str, str] = field(default_factory=dict)
    guessed: bool = False
    new: bool = True
