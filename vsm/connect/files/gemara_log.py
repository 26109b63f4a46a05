"""Checks Gemara logs (OpenSSF) against the rules of their schema that matter to auditors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vsm.model.errors import BadInput

SIZE_MAX = 16 << 20
"""Most characters of a log."""
RESULTS = ("Not Run", "Passed", "Failed", "Needs Review", "Not Applicable", "Unknown")
DISPOSITIONS = ("Undetermined", "Enforced", "Tolerated", "Clear")
Shape = Mapping[str, Any]
Faults = Iterator[str]


def check_log(text: str, name: str) -> str:
    """The kind of a sound log; raises :class:`BadInput` with the first place that is wrong."""
    log = _read(text, name)
    metadata = log.get("metadata")
    kind = metadata.get("type") if isinstance(metadata, dict) else None
    checks: dict[str, Callable[[Shape], Faults]] = {
        "EvaluationLog": _evaluation,
        "EnforcementLog": _enforcement,
        "AuditLog": _audit,
    }
    if not isinstance(kind, str) or kind not in checks:
        raise BadInput(f"{name}: metadata.type is {kind!r:.60}", f"use {', '.join(checks)}")
    for fault in (*_head(log), *checks[kind](log)):
        raise BadInput(f"{name}: {fault}", "correct the log; nothing was changed")
    return kind


def _read(text: str, name: str) -> Shape:
    import yaml

    if len(text) > SIZE_MAX:
        raise BadInput(f"{name} is larger than {SIZE_MAX >> 20} MiB", "split it")
    try:
        log = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark is not None else ""
        raise BadInput(f"{name}{place}: this is no YAML", "name a Gemara log") from None
    if not isinstance(log, dict):
        raise BadInput(f"{name}: this is no log", "name a Gemara log")
    return log


def _head(log: Shape) -> Faults:
    metadata = log["metadata"]
    for field in ("id", "gemara-version", "description", "author"):
        if not metadata.get(field):
            yield f"metadata.{field} is missing"
    target = log.get("target")
    if not isinstance(target, dict) or not target.get("id") or not target.get("name"):
        yield "target has no id or no name"


def _evaluation(log: Shape) -> Faults:
    yield from _result(log, "result")
    for place, evaluation in _entries(log, "evaluations", ""):
        if isinstance(evaluation, str):
            yield evaluation
            continue
        yield from _result(evaluation, f"{place}.result")
        yield from _texts(evaluation, place, ("name", "message"))
        control = evaluation.get("control")
        reference = control.get("reference-id") if isinstance(control, dict) else None
        if not isinstance(control, dict) or not control.get("entry-id"):
            yield f"{place}.control has no entry-id"
        for inner, assessment in _entries(evaluation, "assessment-logs", f"{place}."):
            if isinstance(assessment, str):
                yield assessment
                continue
            yield from _result(assessment, f"{inner}.result")
            yield from _texts(assessment, inner, ("description", "message"))
            for field in ("applicability", "steps", "start"):
                if not assessment.get(field):
                    yield f"{inner}.{field} is missing"
            requirement = assessment.get("requirement")
            if not isinstance(requirement, dict) or not requirement.get("entry-id"):
                yield f"{inner}.requirement has no entry-id"
            elif requirement.get("reference-id", reference) != reference:
                yield f"{inner}.requirement is of another reference than its control"


def _enforcement(log: Shape) -> Faults:
    yield from _disposition(log, "disposition")
    for place, action in _entries(log, "actions", ""):
        if isinstance(action, str):
            yield action
            continue
        yield from _disposition(action, f"{place}.disposition")
        method = action.get("method")
        if not isinstance(method, dict) or not method.get("entry-id"):
            yield f"{place}.method has no entry-id"
        for field in ("start", "steps"):
            if not action.get(field):
                yield f"{place}.{field} is missing"
        justification = action.get("justification")
        if not isinstance(justification, dict):
            yield f"{place}.justification is missing"
            continue
        is_clear = "Clear" in (log.get("disposition"), action.get("disposition"))
        for inner, finding in _entries(justification, "assessments", f"{place}.justification."):
            if isinstance(finding, str):
                yield finding
                continue
            yield from _result(finding, f"{inner}.result")
            if not isinstance(finding.get("log"), dict):
                yield f"{inner}.log is missing"
            if is_clear and finding.get("result") != "Passed":
                yield f"{inner}: Clear may hold Passed only, not {finding.get('result')}"


def _audit(log: Shape) -> Faults:
    for field in ("summary", "criteria", "results"):
        if not log.get(field):
            yield f"{field} is missing"


def _entries(holder: Shape, field: str, prefix: str) -> Iterator[tuple[str, Shape | str]]:
    """Entries of a list with their places; a text in place of one says what is wrong."""
    values = holder.get(field)
    if not isinstance(values, list) or not values:
        yield "", f"{prefix}{field} is missing or empty"
        return
    for number, value in enumerate(values):
        place = f"{prefix}{field}[{number}]"
        yield place, value if isinstance(value, dict) else f"{place} is no object"


def _result(holder: Shape, place: str) -> Faults:
    if holder.get("result") not in RESULTS:
        yield f"{place} is {holder.get('result')!r:.40}, none of {', '.join(RESULTS)}"


def _disposition(holder: Shape, place: str) -> Faults:
    if holder.get("disposition") not in DISPOSITIONS:
        yield f"{place} is {holder.get('disposition')!r:.40}, none of {', '.join(DISPOSITIONS)}"


def _texts(holder: Shape, place: str, fields: tuple[str, ...]) -> Faults:
    for field in fields:
        if not isinstance(holder.get(field), str):
            yield f"{place}.{field} is no text"
