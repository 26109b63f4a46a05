"""Plans an import: reads the file, decides the stages and maps statuses to them.

Command line and screens call :func:`plan_import` and pass the plan to ``Session.import_histories``,
for a dry run or not; the reports show the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from vsm.connect.files.infer_mapping import infer, normalise_name
from vsm.connect.files.mapping import StageMap, by_name, parse_stages, read_mapping
from vsm.connect.files.new_stages import place_chosen, propose
from vsm.connect.files.parsed_file import ParsedFile, end_undelivered, rename
from vsm.connect.files.planned_import import Plan
from vsm.connect.files.registry import Format, find
from vsm.connect.files.resolutions import STAGE
from vsm.connect.files.several_files import progress_of_all, read_files, sort_out
from vsm.model.errors import BadInput
from vsm.model.history import AddedStage, Progress, Skipped
from vsm.model.plural import count
from vsm.model.rules import zone_of
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category, Stage, StreamError, ValueStream, chain

LISTED = 5
"""The most statuses that a refusal names."""


def plan_import(
    format: str | None,
    path: Path | Sequence[Path],
    *,
    stream: str,
    stages: str | None = None,
    mapping: Path | None = None,
    commit: str | None = None,
    zone: str | None = None,
    timezone: str | None = None,
    existing: ValueStream | None = None,
    known: Mapping[str, str] | None = None,
    add_stages: bool = False,
    ignore_statuses: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> Plan:
    """Read files and plan their import; changes nothing.

    ``path`` is a file or folder, or several; without ``format`` it is recognised. The stages are
    those of ``stages`` (the text of ``--stages``) or ``mapping`` (a TOML file), else those of the
    ``existing`` stream with ``known``, the mapping of its imports (``Reader.import_mapping``), else
    they are guessed. With ``add_stages`` an existing stream gets those that it lacks, with
    ``ignore_statuses`` statuses without a stage are left out on purpose: see
    :func:`check_unmapped`. ``commit`` names the stage whose entry starts the clock, ``zone`` is an
    IANA name (default ``timezone``, else UTC); an existing stream has both. ``timezone`` is the
    zone of times that name none (default: the stream's). ``options`` are those of the reader.
    ``progress`` gets (bytes read, bytes in all). Raises :class:`BadInput`, and
    :class:`EnvironmentProblem` if a file is not readable.
    """
    name = _stream_name(stream)
    format, files, left_out = sort_out((path,) if isinstance(path, Path) else path, format)
    file_format = find(format)
    explicit_map, added = _explicit_map(stages, mapping, existing, add_stages)
    if commit is None and explicit_map is not None:
        commit = explicit_map.commitment
    if zone is None and existing is None:
        zone = timezone
    stream_zone = _zone(zone, existing)
    if file_format.plain:
        options["zone"] = _check_zone(timezone) if timezone is not None else stream_zone
    stage_map = explicit_map
    if stage_map is None and existing is not None:
        stage_map = _stages_of(existing, known or {})
    if stage_map is not None:  # wrong stages are reported before a long file is read
        _commitment(name, stream_zone, stage_map, commit, existing)
    parsed = _read(file_format, files, progress_of_all(files, progress), options)
    parsed = replace(parsed, skipped=(*parsed.skipped, *left_out))
    parsed = _end_undelivered(parsed, stage_map, add_stages)
    guessed = stage_map is None
    if stage_map is None:
        stage_map = by_name(infer(parsed.histories, parsed.hints, parsed.order))
    commitment = _commitment(name, stream_zone, stage_map, commit, existing)
    plan = _plan(file_format, name, stream_zone, parsed, stage_map, commitment, existing, guessed)
    plan = replace(plan, added=added)
    if explicit_map is not None or ignore_statuses:
        return replace(plan, mapping={**dict.fromkeys(plan.unmapped, ""), **plan.mapping})
    if existing is None:
        return plan
    return _house(plan, parsed, stage_map, existing, add_stages)


def _stream_name(stream: str) -> str:
    name = " ".join(stream.split())
    if not name:
        raise BadInput("the stream has no name", "give it one with --stream")
    return name


def _house(
    plan: Plan, parsed: ParsedFile, stage_map: StageMap, existing: ValueStream, add_stages: bool
) -> Plan:
    """The plan with stages proposed, or to be added, for statuses of which the stream has none."""
    homeless = list(plan.unmapped) if add_stages else _homeless(plan)
    if not homeless:
        return plan
    all_stages = infer(parsed.histories, parsed.hints, parsed.order)
    assigned = {status: stage for status, stage in plan.mapping.items() if stage}
    proposed = propose(all_stages, homeless, assigned, existing)
    if add_stages:
        return _with_added(plan, parsed, stage_map, existing, proposed)
    return replace(plan, proposed=proposed)


def _homeless(plan: Plan) -> list[str]:
    """The statuses that have no stage although nobody said that they are to have none."""
    return [status for status in plan.unmapped if status not in plan.mapping]


def check_unmapped(plan: Plan) -> None:
    """Refuse a plan that would ignore statuses of its source although nobody said so."""
    statuses = [inert_line(status) for status in _homeless(plan)]
    if not statuses or plan.new:
        return
    more = f" and {len(statuses) - LISTED:,} more" if len(statuses) > LISTED else ""
    raise BadInput(
        f"{plan.file} has statuses that are no stages of {inert_line(plan.stream)}:"
        f" {', '.join(statuses[:LISTED])}{more}",
        "name another stream, or choose: --add-stages adds them, --ignore-statuses leaves them out,"
        " --mapping FILE gives them to stages; nothing was imported",
    )


def _read(
    file_format: Format,
    files: Sequence[Path],
    progress: Progress | None,
    options: Mapping[str, Any],
) -> ParsedFile:
    module = file_format.load()
    if hasattr(module, "read_all"):
        parsed: ParsedFile = module.read_all(files, progress=progress, **options)
        return parsed
    reader = partial(file_format.reader(), progress=progress, **options)
    return read_files(file_format, files, reader)


def _end_undelivered(
    parsed: ParsedFile, stage_map: StageMap | None, add_stages: bool
) -> ParsedFile:
    """Drop what was closed undelivered, if there is a stage for it; else warn that it counts."""
    if not parsed.undelivered:
        return parsed
    kinds = [category for _, category in stage_map.stages] if stage_map is not None else []
    if stage_map is None or add_stages or Category.DROPPED in kinds:
        return end_undelivered(parsed)
    why = (
        f"{count(len(parsed.undelivered), 'item')} with a resolution like Won't Do or Duplicate"
        f" will count as finished: no stage is dropped (add '{STAGE}:dropped')"
    )
    return replace(parsed, warnings=(*parsed.warnings, Skipped(parsed.file, why)))


def _with_added(
    plan: Plan,
    parsed: ParsedFile,
    stage_map: StageMap,
    existing: ValueStream,
    proposed: tuple[AddedStage, ...],
) -> Plan:
    """The plan with the proposed stages added to the stream."""
    stages = (*stage_map.stages, *((s.name, s.category) for s in proposed))
    own = {normalise_name(s.name): s.name for s in proposed}
    wider = StageMap(stages, {**stage_map.statuses, **own}, stage_map.commitment)
    file_format = find(plan.format)
    made = _plan(
        file_format, plan.stream, plan.zone, parsed, wider, plan.commitment, existing, False
    )
    return replace(made, added=proposed)


def _plan(
    file_format: Format,
    name: str,
    zone: str,
    parsed: ParsedFile,
    stage_map: StageMap,
    commitment: str | None,
    existing: ValueStream | None,
    guessed: bool,
) -> Plan:
    """The plan of a parsed file, with its statuses mapped to the stages."""
    starting = existing.commitment_stage if existing is not None else None
    assigned, unmapped = _assign(parsed, stage_map, starting.name if starting else commitment)
    left_out = {status for status in unmapped if stage_map.leaves_out(status)}
    renames = {status: stage for status, stage in assigned.items() if status != stage}
    return Plan(
        stream=existing.name if existing is not None else name,
        zone=zone,
        stages=stage_map.stages,
        commitment=commitment,
        format=file_format.name,
        histories=[rename(h, renames) for h in parsed.histories] if renames else parsed.histories,
        unmapped=unmapped,
        mapping={**assigned, **dict.fromkeys(left_out, "")},
        local=file_format.plain,
        guessed=guessed,
        new=existing is None,
        file=parsed.file,
        sha256=parsed.sha256,
        skipped=parsed.skipped,
        renamed_from=parsed.renamed_from,
        notes=parsed.notes,
        counts=parsed.counts,
        read_as=parsed.read_as,
        files=parsed.files,
        warnings=parsed.warnings,
        sprints=parsed.sprints,
        settled=_settled(existing),
    )


def _settled(existing: ValueStream | None) -> frozenset[str]:
    """The stages of a stream that are off the board, or of which people set the behaviour."""
    stages = existing.stages if existing is not None else ()
    return frozenset(stage.name for stage in stages if stage.retired or stage.behaviour.shown)


def _explicit_map(
    stages: str | None, mapping: Path | None, existing: ValueStream | None, add_stages: bool
) -> tuple[StageMap | None, tuple[AddedStage, ...]]:
    """The stages that the user chose, if any, in the spelling of the existing stream.

    With ``add_stages`` those that it lacks are to be added.
    """
    if stages is not None and mapping is not None:
        raise BadInput("stages are given twice, as a list and as a file", "give one of them")
    stage_map = parse_stages(stages) if stages is not None else None
    stage_map = read_mapping(mapping) if mapping is not None else stage_map
    if stage_map is None or existing is None:
        return stage_map, ()
    added = place_chosen(stage_map.stages, existing) if add_stages else ()
    return _match_stages(stage_map, existing, {s.name for s in added}), added


def _stages_of(existing: ValueStream, known: Mapping[str, str]) -> StageMap:
    """The stream's stages by name, and the statuses that its latest import mapped to them."""
    plain = by_name(tuple((s.name, s.category) for s in existing.order))
    kept = {normalise_name(status): stage for status, stage in known.items() if stage}
    left_out = frozenset(normalise_name(s) for s, stage in known.items() if not stage)
    return StageMap(plain.stages, {**plain.statuses, **kept}, plain.commitment, left_out)


def _zone(zone: str | None, existing: ValueStream | None) -> str:
    if zone is not None:
        _check_zone(zone)
    if existing is None:
        return zone if zone is not None else "UTC"
    if zone is not None and zone != existing.zone:
        raise BadInput(
            f"the stream {inert_line(existing.name)} has the time zone {existing.zone}, not {zone}",
            "leave --tz out, or change the stream: vsm stream set",
        )
    return existing.zone


def _check_zone(zone: str) -> str:
    try:
        zone_of(zone)
    except ValueError as error:
        raise BadInput(str(error)) from error
    return zone


def _match_stages(stage_map: StageMap, existing: ValueStream, added: Collection[str]) -> StageMap:
    """The map in the stream's own spelling; raises :class:`BadInput` for an unknown stage."""
    theirs = {normalise_name(s.name): s for s in existing.order}
    theirs |= {
        normalise_name(n): Stage(0, n, kind, 0) for n, kind in stage_map.stages if n in added
    }
    missing = [name for name, _ in stage_map.stages if normalise_name(name) not in theirs]
    if missing:
        raise BadInput(
            f"the stream {inert_line(existing.name)} has no stage {inert_line(missing[0])!r}",
            f"it has {', '.join(inert_line(s.name) for s in existing.order)}: map statuses to"
            " these with a mapping file, or add the stage: --add-stages",
        )
    for name, category in stage_map.stages:
        stage = theirs[normalise_name(name)]
        if stage.category is not category:
            raise BadInput(
                f"the stage {inert_line(stage.name)!r} is {stage.category} in the stream"
                f" {inert_line(existing.name)}, and {category} in the mapping",
                "give the stream's category, or change the stage first: vsm stage set",
            )
    return StageMap(
        tuple((theirs[normalise_name(name)].name, category) for name, category in stage_map.stages),
        {
            status: theirs[normalise_name(stage)].name
            for status, stage in stage_map.statuses.items()
        },
        stage_map.commitment,
    )


def _commitment(
    name: str, zone: str, stage_map: StageMap, requested: str | None, existing: ValueStream | None
) -> str | None:
    """The name of the commitment stage, ``None`` for the default; raises for wrong stages."""
    commitment = _find_commitment(stage_map, requested, existing)
    _check_stream(name, zone, stage_map, commitment, existing)
    return commitment


def _find_commitment(
    stage_map: StageMap, requested: str | None, existing: ValueStream | None
) -> str | None:
    """The commitment stage in the stream's spelling; ``None`` for the default."""
    if requested is None:
        return None
    names = {normalise_name(name): name for name, _ in stage_map.stages}
    if existing is not None:
        names |= {normalise_name(s.name): s.name for s in existing.order}
    stage = names.get(normalise_name(requested))
    if stage is None:
        raise BadInput(
            f"there is no stage {inert_line(requested)!r} to start the clock at",
            f"there are {', '.join(inert_line(n) for n in names.values())}",
        )
    if existing is not None:
        current = existing.commitment_stage
        if current is None or current.name != stage:
            at = f"at {inert_line(current.name)}" if current is not None else "nowhere"
            raise BadInput(
                f"in the stream {inert_line(existing.name)} the clock starts {at}",
                "leave --commit out, or change the stream first: vsm stream set --commit",
            )
    return stage


def _check_stream(
    name: str,
    zone: str,
    stage_map: StageMap,
    commitment: str | None,
    existing: ValueStream | None,
) -> None:
    """Raise :class:`BadInput` for stages that make no valid stream."""
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
    parsed: ParsedFile, stage_map: StageMap, starting: str | None
) -> tuple[dict[str, str], dict[str, int]]:
    """Status → stage for mapped statuses, and the number of entries into the others."""
    counts = Counter(parsed.entered)
    for history in parsed.histories if parsed.entered is None else ():
        counts.update([e.status for e in history.entries])
    taken: dict[str, str] = {}
    unmapped: dict[str, int] = {}
    for status, entries in counts.items():
        older = parsed.renamed_from.get(status, ())
        stage = stage_map.stage_of(status, older, parsed.ids.get(status, ()))
        if stage is None and status in parsed.roles:
            stage = _stage_for_role(parsed.roles[status], stage_map, starting)
        if stage is None:
            unmapped[status] = entries
        else:
            taken[status] = stage
    if not taken:
        listed = [inert_line(s) for s, _ in counts.most_common(10)]
        raise BadInput(
            f"none of the statuses of {parsed.file} is among the stages",
            f"the file has {', '.join(listed)}: map these with --stages or a mapping file",
        )
    return taken, unmapped


def _stage_for_role(role: Category, stage_map: StageMap, starting: str | None) -> str | None:
    """The stage for a category of a made-up status: for work, the one that starts the clock."""
    if role is Category.ACTIVE and starting is not None:
        return starting
    return next((name for name, category in stage_map.stages if category is role), None)
