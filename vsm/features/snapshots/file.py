"""Writes snapshots as JSON files, and reads them back."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from vsm.connect.files.source import DOCUMENT_MAX, Source, size
from vsm.features.snapshots.results import Snapshot
from vsm.model.errors import BadInput
from vsm.model.rules import BOUNDS, FIRST_DAY, LAST_DAY, zone_of
from vsm.model.sanitise import escaped
from vsm.report.publish import publish
from vsm.report.schema import model_of

_WRITTEN = "name a file that vsm export snapshot has written"


def file_text(taken: Snapshot) -> str:
    """The text of a snapshot's file, its keys in the order of all versions."""
    model: Any = _as_model(taken)
    content = model.model_dump(mode="json", by_alias=True)
    return escaped(json.dumps(content, ensure_ascii=False, indent=2)) + "\n"


def as_written(taken: Snapshot) -> Snapshot:
    """A snapshot as it would be read back from its file, with figures rounded as published."""
    return cast(Snapshot, _as_model(taken))


def _as_model(taken: Snapshot) -> Any:
    return model_of(Snapshot).model_validate(publish(taken))


def load(path: Path) -> Snapshot:
    """Read a snapshot from a file, plain or gzip; raises :class:`BadInput` if it is no snapshot."""
    with Source(path) as source:
        name, data = source.name, source.rest(DOCUMENT_MAX)
    if data is None:
        raise BadInput(f"{name} has more than {size(DOCUMENT_MAX)}", "compare a stream at a time")
    try:
        taken = cast(Snapshot, model_of(Snapshot).model_validate_json(data))
        _check_times(taken)
        return taken
    except _WrongTime as error:
        raise BadInput(f"{name} is no snapshot: {error}", _WRITTEN) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"{name} is no snapshot: {f'{place}: ' if place else ''}{first['msg']}",
            f"{_WRITTEN} (schema {Snapshot.SCHEMA})",
        ) from error


class _WrongTime(Exception):
    """A moment or a zone of a snapshot that no snapshot of vsm has."""


def _check_times(taken: Snapshot) -> None:
    """Check the moment and the zones: a report is written by them."""
    try:
        at = datetime.fromisoformat(taken.as_of)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not FIRST_DAY <= at.date() <= LAST_DAY:
        raise _WrongTime(f"{taken.as_of!r:.60} is not a moment with a zone {BOUNDS}")
    for stream in taken.streams:
        try:
            zone_of(stream.timezone)
        except ValueError as error:
            raise _WrongTime(str(error)) from None
