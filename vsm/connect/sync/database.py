"""The protocol of the database that a run records in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from vsm.connect.sync import evidence_run, write_back
from vsm.model.history import ImportPlan, ImportResult
from vsm.model.journal_head import Anchor
from vsm.model.source import Source
from vsm.model.stream import ValueStream


class Database(evidence_run.Database, write_back.Database, Protocol):
    """What a run asks of the database that it records in."""

    path: Path

    def target(self, stream: str) -> tuple[ValueStream, dict[str, str]] | None:
        """The stream and the mapping of its imports, where it is there."""

    def imported(self, origin: str) -> dict[str, str]:
        """Keys of imported items by their ids in the source."""

    def changed(self, source: Source, origin: str) -> frozenset[str]:
        """The ids of items that people changed here, as the source states other than they are."""

    def observed(self, origin: str) -> Mapping[str, Sequence[tuple[int, str, str]]]:
        """Moves that only we have seen: (moment, stage, id), by the item's id in the source."""

    def people(self, source: Source) -> tuple[Mapping[str, str], frozenset[str]]:
        """Members by the names that they have in a source, and all logins, in small letters."""

    def gone(self, source: Source) -> dict[str, int]:
        """Keys of items that are marked as gone, with the ids of their marks."""

    def enrol(self, source: Source, stream: str, limits: Mapping[str, int]) -> Source:
        """Add a source whose stream is there by now, with the WIP limits of its stages."""

    def record(self, plan: ImportPlan, dry_run: bool) -> ImportResult:
        """Import a plan."""

    def mark_gone(
        self, source: Source, gone: Sequence[str], back: Sequence[int], since: int
    ) -> None:
        """Mark items by key, and take marks back."""

    def hash_at(self, seq: int) -> str | None:
        """The hash of an entry of the journal."""

    def anchor(self) -> Anchor:
        """Where the journal stands."""
