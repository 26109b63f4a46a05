"""Records what a repository has as evidence, request by request, and keeps how far that went."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Protocol

from vsm.connect.files.evidence_json import EvidenceInput
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


@dataclass(slots=True)
class Progress:
    """The last change upstream that was read, and requests whose builds may still come."""

    read: int | None = None
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
) -> tuple[int, list[Skipped]]:
    """How many pieces were new, and notes; a repository that cannot be read is one of them.

    Items are recorded by then: what fails here is tried again by the next run.
    """
    reader: GitHubEvidence | GitLabEvidence
    if source.kind is SourceKind.GITHUB:
        reader = GitHubEvidence(web, source.scope.split()[0], database.item_key)
    elif source.kind is SourceKind.GITLAB:
        reader = GitLabEvidence(web, source.scope.strip("/"), database.item_key)
    else:
        return 0, [Skipped(source.name, "evidence is read from GitHub and GitLab only")]
    progress = Progress() if afresh else read_progress(folder)
    count = 0
    notes: list[Skipped] = []

    def keep(keys: Sequence[str], pieces: Sequence[EvidenceInput]) -> None:
        nonlocal count
        origin = f"sync {source.name}"
        signed = [replace(piece, origin=origin) for piece in pieces]
        new, refused = database.record_evidence(keys, signed)
        count += new
        notes.extend(refused)

    try:
        since = None if progress.read is None else progress.read - OVERLAP
        changed = reader.requests(since, imported)
        watched = {**progress.recent}
        for request in changed:
            watched.pop(str(request.number), None)
            keep(
                request.keys,
                [*reader.about_request(request), *reader.about_commit(request.sha)],
            )
            if request.merged > now - WATCHED:
                progress.recent[str(request.number)] = request
            progress.read = request.updated
            keep_progress(folder, progress)
        for number, request in watched.items():
            keep(request.keys, [*reader.about_commit(request.sha)])
            if request.merged <= now - WATCHED:
                del progress.recent[number]
        progress.read = max(progress.read or 0, reader.newest) or None
        keep_progress(folder, progress)
    except SyncProblem as problem:
        notes.append(Skipped(source.name, f"evidence: {problem.message}: {problem.remedy}"))
    return count, notes + reader.notes


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
        return Progress(None if values["read"] is None else int(values["read"]), recent)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Progress()


def keep_progress(folder: Path, progress: Progress) -> None:
    """Write how far it went, whole or not at all."""
    part = folder / f"{STATE}.part"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(json.dumps(asdict(progress)).encode())
    os.replace(part, folder / STATE)
