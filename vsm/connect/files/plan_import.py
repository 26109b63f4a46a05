"""Plan an import: read the file, settle the stages, bring statuses to them.

Command line and screens call :func:`plan_import` and hand the plan to
``Session.import_histories``, dry or not; the reports tell what came of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from vsm.connect.files.detect import format_of
from vsm.connect.files.import_report import report_json, report_text
from vsm.connect.files.infer_mapping import infer, same
from vsm.connect.files.mapping import StageMap, by_name, parse_stages, read_mapping
from vsm.connect.files.parsed_file import ParsedFile, rename
from vsm.connect.files.planned_import import Plan
from vsm.connect.files.registry import Format, find
from vsm.model.errors import BadInput
from vsm.model.history import Progress
from vsm.model.rules import zone_of
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category, Stage, StreamError, ValueStream, chain

__all__ = ["Plan", "format_of", "plan_import", "report_json", "report_text"]


def plan_import(
    format: str,
    path: Path,
    *,
    stream: str,
    stages: str | None = None,
    mapping: Path | None = None,
    commit: str | None = None,
    zone: str | None = None,
    timezone: str | None = None,
    existing: ValueStream | None = None,
    known: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Plan:
    """Read a file and say what an import of it would record; changes nothing.

    ``stages`` is the text of ``--stages`` and ``mapping`` a TOML file: give one or neither.
    Without them the stages are those of the ``existing`` stream, or for a new one guessed from
    the histories. ``commit`` names the stage whose entry starts the clock, ``zone`` is an IANA
    name (default ``timezone``, else UTC); an existing stream has both already. ``timezone`` is
    the zone of times that name none (default: the stream's). ``options`` are those of the
    format's reader. ``known`` is the mapping of its latest import (``Reader.import_mapping``),
    which holds where none is given. ``progress`` is called with (bytes read, bytes in all).
    Raises :class:`BadInput`, and :class:`EnvironmentProblem` where the file is not readable.
    """
    kind = find(format)
    name = " ".join(stream.split())
    if not name:
        raise BadInput("the stream has no name", "give it one with --stream")
    given = _given_map(stages, mapping, existing)
    wanted = commit if commit is not None else given.commitment if given is not None else None
    if zone is None and existing is None:
        zone = timezone
    kept_zone = _zone(zone, existing)
    if kind.plain:
        options["zone"] = _known(timezone) if timezone is not None else kept_zone
    reader = partial(kind.reader(), path, progress=progress, **options)
    stage_map = given
    if stage_map is None and existing is not None:
        stage_map = _of_stream(existing, known or {})
    if stage_map is not None:  # wrong stages are reported before a long file is read
        _commitment(name, kept_zone, stage_map, wanted, existing)
    reading = reader()
    guessed = stage_map is None
    if stage_map is None:
        stage_map = by_name(infer(reading.histories, reading.hints, reading.order))
    commitment = _commitment(name, kept_zone, stage_map, wanted, existing)
    return _plan(kind, name, kept_zone, reading, stage_map, commitment, existing, guessed)


def _plan(
    kind: Format,
    name: str,
    zone: str,
    reading: ParsedFile,
    stage_map: StageMap,
    commitment: str | None,
    existing: ValueStream | None,
    guessed: bool,
) -> Plan:
    """The plan of what was read, with its statuses brought to the stages."""
    starting = existing.commitment_stage if existing is not None else None
    taken, unmapped = _assign(reading, stage_map, starting.name if starting else commitment)
    moved = {status: stage for status, stage in taken.items() if status != stage}
    return Plan(
        stream=existing.name if existing is not None else name,
        zone=zone,
        stages=stage_map.stages,
        commitment=commitment,
        format=kind.name,
        histories=[rename(h, moved) for h in reading.histories] if moved else reading.histories,
        unmapped=unmapped,
        mapping=taken,
        local=kind.plain,
        guessed=guessed,
        new=existing is None,
        file=reading.file,
        sha256=reading.sha256,
        skipped=reading.skipped,
        formerly=reading.formerly,
        notes=reading.notes,
        found=reading.found,
        read_as=reading.read_as,
    )


def _given_map(
    stages: str | None, mapping: Path | None, existing: ValueStream | None
) -> StageMap | None:
    """The stages that the person gave, if any, as the existing stream spells them."""
    if stages is not None and mapping is not None:
        raise BadInput("stages are given twice, as a list and as a file", "give one of them")
    given = parse_stages(stages) if stages is not None else None
    given = read_mapping(mapping) if mapping is not None else given
    return given if given is None or existing is None else _within(given, existing)


def _of_stream(existing: ValueStream, known: Mapping[str, str]) -> StageMap:
    """The stream's stages by name, and the statuses that its latest import brought to them."""
    plain = by_name(tuple((s.name, s.category) for s in existing.order))
    kept = {same(status): stage for status, stage in known.items()}
    return StageMap(plain.stages, {**plain.statuses, **kept}, plain.commitment)


def _zone(zone: str | None, existing: ValueStream | None) -> str:
    if zone is not None:
        _known(zone)
    if existing is None:
        return zone if zone is not None else "UTC"
    if zone is not None and zone != existing.zone:
        raise BadInput(
            f"the stream {inert_line(existing.name)} has the time zone {existing.zone}, not {zone}",
            "leave --tz out, or change the stream: vsm stream set",
        )
    return existing.zone


def _known(zone: str) -> str:
    try:
        zone_of(zone)
    except ValueError as error:
        raise BadInput(str(error)) from error
    return zone


def _within(given: StageMap, existing: ValueStream) -> StageMap:
    """The given map with the stream's own spelling; refused where it names what is not there."""
    theirs = {same(s.name): s for s in existing.order}
    missing = [name for name, _ in given.stages if same(name) not in theirs]
    if missing:
        raise BadInput(
            f"the stream {inert_line(existing.name)} has no stage {inert_line(missing[0])!r}",
            f"it has {', '.join(inert_line(s.name) for s in existing.order)}: map statuses to"
            " these with a mapping file, or add the stage first: vsm stage add",
        )
    for name, category in given.stages:
        stage = theirs[same(name)]
        if stage.category is not category:
            raise BadInput(
                f"the stage {inert_line(stage.name)!r} is {stage.category} in the stream"
                f" {inert_line(existing.name)}, and {category} in the mapping",
                "give the stream's category, or change the stage first: vsm stage set",
            )
    return StageMap(
        tuple((theirs[same(name)].name, category) for name, category in given.stages),
        {status: theirs[same(stage)].name for status, stage in given.statuses.items()},
        given.commitment,
    )


def _commitment(
    name: str, zone: str, stage_map: StageMap, wanted: str | None, existing: ValueStream | None
) -> str | None:
    """The name of the commitment stage, ``None`` for the default; refuses wrong stages."""
    commitment = _find_commitment(stage_map, wanted, existing)
    _check(name, zone, stage_map, commitment, existing)
    return commitment


def _find_commitment(
    stage_map: StageMap, wanted: str | None, existing: ValueStream | None
) -> str | None:
    """The commitment stage as the stream spells it."""
    if wanted is None:
        return None
    names = {same(name): name for name, _ in stage_map.stages}
    if existing is not None:
        names |= {same(s.name): s.name for s in existing.order}
    found = names.get(same(wanted))
    if found is None:
        raise BadInput(
            f"there is no stage {inert_line(wanted)!r} to start the clock at",
            f"there are {', '.join(inert_line(n) for n in names.values())}",
        )
    if existing is not None:
        now = existing.commitment_stage
        if now is None or now.name != found:
            at = f"at {inert_line(now.name)}" if now is not None else "nowhere"
            raise BadInput(
                f"in the stream {inert_line(existing.name)} the clock starts {at}",
                "leave --commit out, or change the stream first: vsm stream set --commit",
            )
    return found


def _check(
    name: str,
    zone: str,
    stage_map: StageMap,
    commitment: str | None,
    existing: ValueStream | None,
) -> None:
    """Refuse stages that cannot make a stream, before anything is written."""
    if existing is not None:
        return
    stages = [Stage(n, s, c, n) for n, (s, c) in enumerate(stage_map.stages, 1)]
    first = next((s.id for s in stages if s.name == commitment), None)
    try:
        ValueStream(0, name, zone, tuple(stages), chain(stages), first).validate()
    except StreamError as error:
        raise BadInput(
            f"these stages make no stream: {inert_line(str(error))}",
            "give them with --stages or a mapping file",
        ) from error


def _assign(
    reading: ParsedFile, stage_map: StageMap, starting: str | None
) -> tuple[dict[str, str], dict[str, int]]:
    """Status → stage for the statuses that are taken, and how often the others are entered."""
    counts = Counter(reading.entered)
    for history in reading.histories if reading.entered is None else ():
        counts.update([e.status for e in history.entries])
    taken: dict[str, str] = {}
    unmapped: dict[str, int] = {}
    for status, count in counts.items():
        stage = stage_map.stage_of(status, reading.formerly.get(status, ()))
        if stage is None and status in reading.roles:
            stage = _playing(reading.roles[status], stage_map, starting)
        if stage is None:
            unmapped[status] = count
        else:
            taken[status] = stage
    if not taken:
        listed = [inert_line(s) for s, _ in counts.most_common(10)]
        raise BadInput(
            f"none of the statuses of {reading.file} is among the stages",
            f"the file has {', '.join(listed)}: map these with --stages or a mapping file",
        )
    return taken, unmapped


def _playing(role: Category, stage_map: StageMap, starting: str | None) -> str | None:
    """The stage that stands for a part in the flow: for work, the one that starts the clock."""
    if role is Category.ACTIVE and starting is not None:
        return starting
    return next((name for name, category in stage_map.stages if category is role), None)
