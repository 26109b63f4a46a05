"""Records what a repository has as evidence, and as changes and deployments of its services.

It goes request by request, and keeps how far that went.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Protocol

from vsm.connect.files.change_files import ChangeInput
from vsm.connect.files.evidence_json import EvidenceInput
from vsm.connect.sync.github_delivery import DeploymentInput, change_of, read_deployments
from vsm.connect.sync.github_evidence import GitHubEvidence, Request
from vsm.connect.sync.gitlab_evidence import GitLabEvidence
from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.tracker import OVERLAP
from vsm.connect.sync.web import Web
from vsm.model.history import Skipped
from vsm.model.source import Source, SourceKind

WATCHED = 14 * 24 * 3600 * 1_000_000
"""Microseconds after its merge in which builds and deployments of a request are asked for anew."""
STATE = "evidence.json"
BYTES_MAX = 16 << 20


class Database(Protocol):
    """What recording asks of the database."""

    def item_key(self, key: str) -> str | None:
        """The key of an item as it is written here, if there is one."""

    def record_evidence(
        self, keys: Sequence[str], pieces: Sequence[EvidenceInput]
    ) -> tuple[int, list[Skipped]]:
        """Record pieces about each of these items; how many were new, and what was refused."""

    def has_service(self, repository: str) -> bool:
        """Whether a service is made from a repository."""

    def record_delivery(
        self, repository: str, records: Sequence[ChangeInput | DeploymentInput]
    ) -> tuple[int, list[Skipped]]:
        """Record changes or deployments of its services; how many were new, and what was refused.

        Each is recorded or refused alone.
        """


@dataclass(slots=True)
class Recorded:
    """What was new: pieces of evidence, changes and deployments; and notes."""

    evidence: int = 0
    delivery: int = 0
    notes: list[Skipped] = field(default_factory=list)


@dataclass(slots=True)
class Progress:
    """The last change upstream that was read, and requests whose builds may still come.

    Deployments of services are read up to those that were created at ``deployed``; ``None``: there
    was no service so far.
    """

    read: int | None = None
    deployed: int | None = None
    recent: dict[str, Request] = field(default_factory=dict)


def record_evidence(
    source: Source,
    web: Web,
    database: Database,
    imported: Mapping[str, str],
    folder: Path,
    *,
    now: int,
    afresh: bool,
) -> Recorded:
    """What was new, and notes; a repository that cannot be read is one of them.

    Items are recorded by then: what fails here is tried again by the next run.
    """
    if source.kind not in (SourceKind.GITHUB, SourceKind.GITLAB):
        why = "evidence is read from GitHub and GitLab only"
        return Recorded(notes=[Skipped(source.name, why)])
    run = _Run(source, web, database, Progress() if afresh else read_progress(folder), folder)
    try:
        run.read_requests(imported, now)
        run.read_deployments(now)
    except SyncProblem as problem:
        why = f"evidence: {problem.message}: {problem.remedy}"
        run.recorded.notes.append(Skipped(source.name, why))
    run.recorded.notes += run.reader.notes
    return run.recorded


class _Run:
    """One run over one repository."""

    def __init__(
        self, source: Source, web: Web, database: Database, progress: Progress, folder: Path
    ) -> None:
        self.recorded = Recorded()
        self._web, self._database = web, database
        self._origin = f"sync {source.name}"
        self.reader: GitHubEvidence | GitLabEvidence
        if source.kind is SourceKind.GITLAB:
            self._repository = source.scope.strip("/")
            self.reader = GitLabEvidence(web, self._repository, database.item_key)
            self._delivers = False
        else:
            self._repository = source.scope.split()[0]
            self.reader = GitHubEvidence(web, self._repository, database.item_key)
            self._delivers = database.has_service(self._repository)
        self._progress, self._folder = progress, folder

    def read_requests(self, imported: Mapping[str, str], now: int) -> None:
        """Merged requests, and what followed on those that were read before."""
        progress = self._progress
        is_new = self._delivers and progress.deployed is None
        since = None if progress.read is None or is_new else progress.read - OVERLAP
        watched = {**progress.recent}
        for request in self._changed(since, imported):
            watched.pop(str(request.number), None)
            about = self._about(request)
            if request.keys:
                self._keep(request.keys, about, request.sha)
            if request.keys and request.merged > now - WATCHED:
                progress.recent[str(request.number)] = request
            progress.read = max(progress.read or 0, request.updated)
            keep_progress(self._folder, progress)
        for number, request in watched.items():
            self._keep(request.keys, (), request.sha)
            if request.merged <= now - WATCHED:
                del progress.recent[number]
        progress.read = max(progress.read or 0, self.reader.newest) or None
        keep_progress(self._folder, progress)

    def _changed(self, since: int | None, imported: Mapping[str, str]) -> list[Request]:
        """Merged requests that changed since a moment; without a service those that name items."""
        if isinstance(self.reader, GitLabEvidence):
            return self.reader.requests(since, imported)
        return self.reader.requests(since, imported, whole=self._delivers)

    def _about(self, request: Request) -> Iterable[EvidenceInput]:
        """Pieces about a request; where a service delivers it, it is recorded as a change too."""
        reader = self.reader
        if isinstance(reader, GitLabEvidence):
            return reader.about_request(request)
        known = reader.records_of(request)
        if self._delivers:
            self._deliver([change_of(reader.name_of(request), *known, request.keys)])
        return reader.about_request(request, known)

    def read_deployments(self, now: int) -> None:
        """Deployments of a repository that a service is made from."""
        if not self._delivers:
            return
        progress = self._progress
        since = None if progress.deployed is None else progress.deployed - WATCHED
        for one in read_deployments(self._web, self._repository, since):
            if one is not None:
                self._deliver([one])
        progress.deployed = now
        keep_progress(self._folder, progress)

    def _keep(self, keys: Sequence[str], pieces: Iterable[EvidenceInput], sha: str) -> None:
        about = [*pieces, *self.reader.about_commit(sha)]
        signed = [replace(piece, origin=self._origin) for piece in about]
        new, refused = self._database.record_evidence(keys, signed)
        self.recorded.evidence += new
        self.recorded.notes += refused

    def _deliver(self, records: Sequence[ChangeInput | DeploymentInput]) -> None:
        new, refused = self._database.record_delivery(self._repository, records)
        self.recorded.delivery += new
        self.recorded.notes += refused


def read_progress(folder: Path) -> Progress:
    """How far it went; from the beginning where that is not known or cannot be read."""
    try:
        with (folder / STATE).open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
        values = json.loads(raw) if len(raw) <= BYTES_MAX else {}
        recent = {
            str(int(number)): Request(int(n), int(updated), int(merged), str(sha), tuple(keys))
            for number, (n, updated, merged, sha, keys) in values["recent"].items()
        }
        read, deployed = values["read"], values.get("deployed")
        return Progress(
            None if read is None else int(read), None if deployed is None else int(deployed), recent
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Progress()


def keep_progress(folder: Path, progress: Progress) -> None:
    """Write how far it went, whole or not at all."""
    part = folder / f"{STATE}.part"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(json.dumps(asdict(progress)).encode())
    os.replace(part, folder / STATE)
