"""The database as a run of a source sees it: reads through the reader, records by the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.cli.context import CliContext
from vsm.cli.imports import record_plan, rehearse
from vsm.cli.progress import Progress
from vsm.model.command import AddEntity, Command, RemoveEntity, SetStage
from vsm.model.entities import MEMBER
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.governance_entities import ALIAS
from vsm.model.history import Skipped
from vsm.model.source import Direction, LocalChange, Source, WriteOutcome
from vsm.model.source_entities import GONE, SOURCE, WRITTEN

if TYPE_CHECKING:
    from vsm.connect.files.change_files import ChangeInput
    from vsm.connect.files.evidence_json import EvidenceInput
    from vsm.connect.sync.github_delivery import DeploymentInput
    from vsm.model.history import ImportPlan, ImportResult
    from vsm.model.journal_head import Anchor
    from vsm.model.stream import ValueStream


def outgoing_changes(work: CliContext, source: Source, origin: str) -> list[LocalChange]:
    """Changes that are to be written into a source: of those that its direction names."""
    if source.direction == Direction.READ or source.written_after is None:
        return []
    changes = work.reader.outgoing_changes(origin, source.only, source.written_after)
    is_all = source.direction == Direction.WRITE
    return [change for change in changes if is_all or change.target is None]


class SyncDatabase:
    """What a run asks of the database; there may be none yet."""

    def __init__(self, work: CliContext) -> None:
        self._work = work
        self.path: Path = work.path

    @property
    def _is_there(self) -> bool:
        return self.path.exists()

    def target(self, stream: str) -> tuple[ValueStream, dict[str, str]] | None:
        """The stream and the mapping of its imports, where it is there."""
        return self._work.reader.import_target(stream) if self._is_there else None

    def imported(self, origin: str) -> dict[str, str]:
        """Keys of imported items by their ids in the source."""
        return self._work.reader.imported_items(origin) if self._is_there and origin else {}

    def changed(self, source: Source, origin: str) -> frozenset[str]:
        """The ids of items that people changed here, as the source states other than they are."""
        if not self._is_there or not origin:
            return frozenset()
        return self._work.reader.changed_items(origin, source.direction == Direction.WRITE)

    def outgoing(self, source: Source, origin: str) -> list[LocalChange]:
        """Changes of people that are not settled with the source yet."""
        return outgoing_changes(self._work, source, origin)

    def note_written(
        self, source: Source, change: LocalChange, outcome: WriteOutcome, upstream: str, why: str
    ) -> None:
        """Keep what became of a change that is or was to be written upstream."""
        values = {
            "entry": str(change.seq),
            "source": source.id,
            "outcome": outcome.value,
            "upstream": upstream,
            "why": why,
        }
        self._work.do([AddEntity(WRITTEN, values)])

    def observed(self, origin: str) -> Mapping[str, Sequence[tuple[int, str, str]]]:
        """Moves that only we have seen, by the item's id in the source."""
        if not self._is_there or not origin:
            return {}
        return self._work.reader.observed_moves(origin)

    def people(self, source: Source) -> tuple[Mapping[str, str], frozenset[str]]:
        """Members by the names that they have in a source, and all logins, in small letters."""
        if not self._is_there:
            return {}, frozenset()
        members = {m.id: m.login for m in self._work.reader.entities(MEMBER)}
        names: dict[str, str] = {}
        for alias in self._work.reader.entities(ALIAS):
            name, _, place = alias.name.casefold().rpartition("@")
            if name and place in (source.name.casefold(), source.kind.file_format):
                names[name] = members.get(alias.member, alias.name)
        return names, frozenset(login.casefold() for login in members.values())

    def gone(self, source: Source) -> dict[str, int]:
        """Keys of items that are marked as gone, with the ids of their marks."""
        if not self._is_there or not source.id:
            return {}
        marks = self._work.reader.entities(GONE)
        return {mark.key: mark.id for mark in marks if mark.source == source.id}

    def enrol(self, source: Source, stream: str, limits: Mapping[str, int]) -> Source:
        """Add a source whose stream is there by now, with the WIP limits of its stages."""
        target = self.target(stream)
        assert target is not None
        there = target[0]
        values = {**SOURCE.values(replace(source, only=there.id))}
        commands: list[Command] = [AddEntity(SOURCE, values)]
        for name, limit in limits.items():
            stage = there.named(name)
            if stage is not None and stage.limit is None:
                commands.append(SetStage(stage.id, {"limit": limit, "limit_kind": "soft"}))
        self._work.do(commands)
        added: Source = self._work.find(SOURCE, source.name)
        return added

    def record(self, plan: ImportPlan, dry_run: bool) -> ImportResult:
        """Import a plan, or try it."""
        if dry_run:
            return rehearse(self._work, plan)
        with Progress("Importing") as progress:
            return record_plan(self._work, plan, progress)

    def mark_gone(
        self, source: Source, gone: Sequence[str], back: Sequence[int], since: int
    ) -> None:
        """Mark items by key, and take marks back."""
        marks = [AddEntity(GONE, {"key": key, "source": source.id, "since": since}) for key in gone]
        commands: list[Command] = [*marks, *(RemoveEntity(GONE, number) for number in back)]
        if commands:
            self._work.do(commands)

    def item_key(self, key: str) -> str | None:
        """The key of an item as it is written here, if there is one."""
        item = self._work.reader.find_key(key)
        return None if item is None else item.key

    def record_evidence(
        self, keys: Sequence[str], pieces: Sequence[EvidenceInput]
    ) -> tuple[int, list[Skipped]]:
        """Record pieces about each of these items; how many were new, and what was refused."""
        from vsm.cli.comply_record import evidence_command

        count, refused = 0, []
        for key in keys if pieces else ():
            about = (evidence_command(self._work, replace(piece, item=key)) for piece in pieces)
            done = self._work.session().do(*about)
            if not isinstance(done, Refusal):
                count += len(done.changes)
            elif done.code is not RefusalCode.UNCHANGED:
                refused.append(Skipped(key, f"evidence: {done.message}; {done.remedy}"))
        return count, refused

    def has_service(self, repository: str) -> bool:
        """Whether a service is made from a repository."""
        return bool(self._services(repository))

    def _services(self, repository: str) -> list[int]:
        named = repository.casefold()
        return [
            one.id
            for one in self._work.reader.services()
            if named in (name.casefold() for name in one.repositories)
        ]

    def record_delivery(
        self, repository: str, records: Sequence[ChangeInput | DeploymentInput]
    ) -> tuple[int, list[Skipped]]:
        """Record changes or deployments of its services; how many were new, and what was refused.

        Each is recorded or refused alone.
        """
        from vsm.cli.delivery_input import delivery_command

        count, refused = 0, []
        for service in self._services(repository):
            for one in records:
                done = self._work.session().do(delivery_command(self._work, service, one))
                if not isinstance(done, Refusal):
                    count += 1
                elif done.code is not RefusalCode.UNCHANGED:
                    why = f"{done.message}; {done.remedy}"
                    name = getattr(one, "source_id", one.ref)
                    refused.append(Skipped(name, why))
        return count, refused

    def hash_at(self, seq: int) -> str | None:
        """The hash of an entry of the journal."""
        return self._work.reader.hash_at(seq) if self._is_there else None

    def anchor(self) -> Anchor:
        """Where the journal stands."""
        return self._work.reader.anchor()
