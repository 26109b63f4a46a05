"""The plan of an import with details for its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vsm.model.history import AddedStage, ImportPlan, Skipped


@dataclass(frozen=True, slots=True)
class Plan(ImportPlan):
    """An :class:`ImportPlan` with details for its report.

    ``unmapped`` counts entries into statuses without a stage. ``renamed_from`` has the older names
    of renamed statuses. ``notes`` say what was adjusted. ``counts`` and ``read_as`` are those of
    the :class:`~vsm.connect.files.parsed_file.ParsedFile`. ``guessed`` says that the stages were
    guessed, ``new`` that the stream does not exist yet. ``files`` are the names of all files,
    ``warnings`` say what these lack. ``proposed`` are stages that the stream could get for the
    unmapped statuses. ``settled`` are the stages of which people have said whether work ends there.
    """

    unmapped: Mapping[str, int] = field(default_factory=dict)
    renamed_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[Skipped, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    read_as: Mapping[str, str] = field(default_factory=dict)
    guessed: bool = False
    new: bool = True
    files: tuple[str, ...] = ()
    warnings: tuple[Skipped, ...] = ()
    proposed: tuple[AddedStage, ...] = ()
    settled: frozenset[str] = frozenset()
