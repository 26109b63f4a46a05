"""Writes Gemara logs (OpenSSF): what was evaluated, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from vsm import __version__
from vsm.features.compliance.results import Compliance, VerdictRow
from vsm.model.control.audit import FRAMEWORKS
from vsm.model.control.control import Disposition, Verdict
from vsm.model.control.recorded import Recorded
from vsm.model.errors import BadInput
from vsm.model.rules import iso
from vsm.model.sanitise import inert_line

GEMARA_VERSION = "1.1.0"
RESULTS: dict[Verdict, str] = {
    Verdict.PASS: "Passed",
    Verdict.FAIL: "Failed",
    Verdict.INDETERMINATE: "Needs Review",
    Verdict.WAIVED: "Passed",
    Verdict.NOT_APPLICABLE: "Not Applicable",
}
"""The result of each verdict; that of a waiver stands beside the exception."""
_WORST = ("Failed", "Needs Review", "Passed", "Not Applicable")
_SEVEREST = (
    Disposition.ENFORCED,
    Disposition.UNDETERMINED,
    Disposition.TOLERATED,
    Disposition.CLEAR,
)
_STEP = "vsm/model/control/evaluation.evaluate"
_CONTROLS, _POLICY, _LOG, _WAIVERS = "vsm-controls", "vsm-modes", "vsm-evaluations", "vsm-waivers"
Shape = dict[str, Any]


class Log(StrEnum):
    """A kind of log."""

    EVALUATION = "evaluation"
    ENFORCEMENT = "enforcement"


def evaluation_log(result: Compliance, database: str) -> str:
    """The evaluation log of a report as YAML text."""
    by_control: dict[str, list[VerdictRow]] = defaultdict(list)
    for row in result.verdicts:
        by_control[row.control].append(row)
    titles = {figure.control: figure.title for figure in result.controls}
    if not by_control:
        raise BadInput(
            f"no control of {result.framework} is set: nothing was evaluated",
            f"set them: vsm gov add {' '.join(result.not_set)}",
        )
    evaluations = [
        {
            "name": inert_line(titles.get(control, control)),
            "result": _worst(RESULTS[row.verdict] for row in rows),
            "message": f"{len(rows)} items evaluated",
            "control": {"reference-id": _CONTROLS, "entry-id": control},
            "assessment-logs": [_assessment(row) for row in rows],
        }
        for control, rows in sorted(by_control.items())
    ]
    whole = {
        "metadata": _metadata("EvaluationLog", result, _references(_CONTROLS, _WAIVERS)),
        "result": _worst(str(one["result"]) for one in evaluations),
        "target": _target(database),
        "evaluations": evaluations,
    }
    return _yaml(whole)


def _assessment(row: VerdictRow) -> Shape:
    entry = f"{row.control}.{row.version}"
    message = row.message or str(row.verdict).replace("_", " ")
    if row.verdict is Verdict.WAIVED:
        message = f"exception by waiver {row.waiver}: {message}"
    return {
        "requirement": {"reference-id": _CONTROLS, "entry-id": entry},
        "description": inert_line(f"{row.control} on {row.item}"),
        "result": RESULTS[row.verdict],
        "message": inert_line(f"{message} (entry #{row.seq} of the journal)"),
        "applicability": [inert_line(row.stream)],
        "steps": [_STEP],
        "steps-executed": 0 if row.verdict is Verdict.NOT_APPLICABLE else 1,
        "start": iso(row.at),
    }


def enforcement_log(
    result: Compliance, recorded: Sequence[Recorded], names: dict[int, str], database: str
) -> str:
    """The log of what came of verdicts at moves, as YAML text.

    ``recorded`` are verdicts of the journal, ``names`` those of controls by id.
    """
    if not recorded:
        raise BadInput(
            "no control was on in this window: nothing was enforced or tolerated",
            "export the evaluations: vsm comply export gemara --log evaluation",
        )
    actions = [_action(verdict, names) for verdict in recorded]
    disposition = min((v.disposition for v in recorded), key=_SEVEREST.index)
    references = _references(_CONTROLS, _POLICY, _LOG, _WAIVERS)
    whole = {
        "metadata": _metadata("EnforcementLog", result, references),
        "disposition": disposition.value.capitalize(),
        "target": _target(database),
        "actions": actions,
    }
    return _yaml(whole)


def _action(verdict: Recorded, names: dict[int, str]) -> Shape:
    control = names.get(verdict.control, f"control {verdict.control}")
    finding = {
        "result": RESULTS[verdict.verdict],
        "requirement": {"reference-id": _CONTROLS, "entry-id": f"{control}.{verdict.version}"},
        "log": {"reference-id": _LOG, "entry-id": f"entry-{verdict.seq}"},
    }
    justification: Shape = {"assessments": [finding]}
    exceptions = []
    if verdict.waiver is not None:
        exceptions.append({"reference-id": _WAIVERS, "remarks": f"waiver {verdict.waiver}"})
    if verdict.emergency:
        reason = inert_line(f"emergency: {verdict.emergency}")
        exceptions.append({"reference-id": _WAIVERS, "remarks": reason})
    if exceptions:
        justification["exceptions"] = exceptions
    what = "move refused" if verdict.is_refused else "move let through"
    return {
        "disposition": verdict.disposition.value.capitalize(),
        "method": {"reference-id": _POLICY, "entry-id": str(verdict.mode)},
        "message": f"{what}: {control} {verdict.verdict}",
        "start": iso(verdict.judged_at),
        "steps": ["vsm/model/decide/gates.check_gates"],
        "justification": justification,
    }


def _worst(results: Iterable[str]) -> str:
    return min(results, key=_WORST.index)


def _metadata(kind: str, result: Compliance, references: list[Shape]) -> Shape:
    population = result.population
    days = f"{population.start} to {population.end}"
    name = FRAMEWORKS.get(result.framework, result.framework)
    return {
        "id": f"vsm-{result.framework}-{kind.lower()}-{population.seq}",
        "type": kind,
        "gemara-version": GEMARA_VERSION,
        "version": str(population.seq),
        "description": inert_line(
            f"{name}, {days}: {population.size} items {population.counted}; journal entry"
            f" #{population.seq}, {population.journal_hash}"
        ),
        "author": {"id": "vsm", "name": "vsm", "type": "Software", "version": __version__},
        "mapping-references": references,
    }


_TITLES = {
    _CONTROLS: "Controls of this database, by the hash of their text",
    _POLICY: "Modes of controls, as they were decided",
    _LOG: "Verdicts in the journal",
    _WAIVERS: "Waivers and emergencies",
}


def _references(*ids: str) -> list[Shape]:
    return [{"id": one, "title": _TITLES[one], "version": __version__} for one in ids]


def _target(database: str) -> Shape:
    return {"id": f"vsm-{database[:12]}", "name": "vsm database", "type": "Software"}


def _yaml(whole: Shape) -> str:
    import yaml

    text: str = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=100)
    return text
