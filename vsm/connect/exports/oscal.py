"""Writes compliance reports as OSCAL: assessment results, component definition, plan of action.

The same journal and window give the same bytes: ids are UUIDs (version 5) of database, control,
item and entry, and moments are those of the journal. Requirements are named by their ids alone.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from vsm import __version__
from vsm.features.compliance.results import Compliance, VerdictRow
from vsm.model.control.audit import FRAMEWORKS, framework_of, requirement_of
from vsm.model.control.control import Verdict
from vsm.model.errors import BadInput
from vsm.model.journal_head import Anchor
from vsm.model.rules import iso

OSCAL_VERSION = "1.1.2"
NAMESPACE = "urn:vsm:compliance"
"""Whose names of properties these are."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NIST = re.compile(r"([A-Za-z]{2})-(\d+)(?:\((\d+)\))?")
_OPEN = (Verdict.FAIL, Verdict.INDETERMINATE)
Shape = dict[str, Any]


class Model(StrEnum):
    """An OSCAL model."""

    RESULTS = "assessment-results"
    COMPONENTS = "component-definition"
    PLAN = "poam"


@dataclass(slots=True)
class Oscal:
    """Makes the models of one database; ``cleaned`` counts control characters that were left out.

    ``database`` is the hash of its first entry, which no other database has.
    """

    database: str
    anchor: Anchor
    cleaned: int = 0
    _space: UUID = field(init=False)

    def __post_init__(self) -> None:
        self._space = uuid5(NAMESPACE_URL, f"vsm:{self.database}")

    def text(self, model: Model, result: Compliance | None, controls: Mapping[str, Shape]) -> str:
        """A model as JSON text; components need no ``result``.

        ``controls`` are the values of all controls by their names.
        """
        if result is None:
            whole = {"component-definition": self._components(controls)}
        elif model is Model.PLAN:
            whole = {"plan-of-action-and-milestones": self._plan(result)}
        else:
            whole = {"assessment-results": self._results(result)}
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"

    # -- parts --------------------------------------------------------------------

    def _id(self, *parts: object) -> str:
        return str(uuid5(self._space, "|".join(map(str, parts))))

    def _clean(self, text: str) -> str:
        """A text on one line, without what acts on a terminal or breaks a reader."""
        self.cleaned += sum(len(run) for run in _CONTROL.findall(text.replace("\n", " ")))
        line = " ".join(_CONTROL.sub(" ", text).split())
        return line or "-"

    def _metadata(self, title: str) -> Shape:
        at = 0 if self.anchor.at is None else self.anchor.at
        return {
            "title": title,
            "last-modified": iso(at),
            "version": str(self.anchor.seq),
            "oscal-version": OSCAL_VERSION,
            "props": [
                _prop("journal-entry", str(self.anchor.seq)),
                _prop("journal-hash", self.anchor.hash),
                _prop("vsm-version", __version__),
            ],
        }

    def _key(self, row: VerdictRow) -> tuple[str, str, int]:
        return row.control, row.item, row.seq

    def _observation(self, row: VerdictRow) -> Shape:
        about = f": {row.message}" if row.message else ""
        waiver = f" (waiver {row.waiver})" if row.waiver is not None else ""
        props = [
            _prop("control", row.control),
            _prop("control-version", row.version),
            _prop("verdict", str(row.verdict)),
            _prop("journal-entry", str(row.seq)),
            _prop("mode", str(row.mode)),
        ]
        if row.recorded_seq is not None:
            props.append(_prop("recorded-by-entry", str(row.recorded_seq)))
        return {
            "uuid": self._id("observation", *self._key(row)),
            "title": self._clean(f"{row.control} on {row.item}"),
            "description": self._clean(f"{row.verdict}{about}{waiver}"),
            "props": props,
            "methods": ["TEST"],
            "types": ["control-objective"],
            "subjects": [{"subject-uuid": self._item_id(row.item), "type": "inventory-item"}],
            "collected": iso(row.at),
        }

    def _finding(self, row: VerdictRow, serves: Mapping[str, Sequence[str]]) -> Shape:
        """What a verdict says of the requirements that its control ``serves``, by its name."""
        is_met = row.verdict is Verdict.PASS
        reasons = {Verdict.PASS: "pass", Verdict.FAIL: "fail"}
        status: Shape = {
            "state": "satisfied" if is_met else "not-satisfied",
            "reason": reasons.get(row.verdict, "other"),
        }
        if row.verdict is Verdict.WAIVED:
            status["remarks"] = f"waived by waiver {row.waiver}"
        return {
            "uuid": self._id("finding", *self._key(row)),
            "title": self._clean(f"{row.control} on {row.item}"),
            "description": self._clean(row.message or f"{row.item} passes {row.control}"),
            "props": [
                _prop("control", row.control),
                *(_prop("control-id", one) for one in serves.get(row.control, ())),
            ],
            "target": {"type": "objective-id", "target-id": token(row.control), "status": status},
            "related-observations": [
                {"observation-uuid": self._id("observation", *self._key(row))}
            ],
        }

    def _item_id(self, key: str) -> str:
        return self._id("item", key)

    def _items(self, rows: Iterable[VerdictRow]) -> list[Shape]:
        keys = sorted({row.item for row in rows})
        return [
            {
                "uuid": self._item_id(key),
                "description": self._clean(f"work item {key}"),
                "props": [_prop("key", self._clean(key))],
            }
            for key in keys
        ]

    # -- models -------------------------------------------------------------------

    def _results(self, result: Compliance) -> Shape:
        population = result.population
        rows = [row for row in result.verdicts if row.verdict is not Verdict.NOT_APPLICABLE]
        window = (result.framework, population.counted, population.start, population.end)
        name = FRAMEWORKS.get(result.framework, result.framework)
        serves = _requirements(result)
        reviewed = [{"control-id": one} for one in sorted(set(chain(*serves.values())))]
        plan = self._id("assessment-plan")
        days = f"{population.start} to {population.end}"
        made: Shape = {
            "uuid": self._id("result", *window, population.hash, population.seq),
            "title": self._clean(f"{name}, {days}"),
            "description": self._clean(
                f"All {population.size} items {population.counted} from {days}, judged by controls"
                " as they were then"
            ),
            "start": iso(population.begins),
            "end": iso(population.ends),
            "props": [
                _prop("population-size", str(population.size)),
                _prop("population-hash", population.hash),
                _prop("population-query", self._clean(population.query)),
                _prop("made-from-journal-alone", str(population.from_journal).lower()),
            ],
            "reviewed-controls": {
                "control-selections": [
                    {"include-controls": reviewed} if reviewed else {"include-all": {}}
                ]
            },
        }
        if rows:
            made["local-definitions"] = {"inventory-items": self._items(rows)}
            made["observations"] = [self._observation(row) for row in rows]
        decided = (row for row in rows if row.verdict is not Verdict.INDETERMINATE)
        findings = [self._finding(row, serves) for row in decided]
        if findings:
            made["findings"] = findings
        return {
            "uuid": self._id("assessment-results", *window, population.seq),
            "metadata": self._metadata(self._clean(f"{name}: assessment results")),
            "import-ap": {"href": f"#{plan}"},
            "results": [made],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": "Continuous checks",
                        "description": "There is no separate plan: each control says when it"
                        " applies, to which items, and what it checks.",
                    }
                ]
            },
        }

    def _plan(self, result: Compliance) -> Shape:
        rows = [row for row in result.verdicts if row.verdict in _OPEN]
        if not rows:
            raise BadInput(
                "nothing fails and nothing is undecided: there is no plan of action to write",
                "export the assessment results: vsm comply export oscal",
            )
        population = result.population
        window = (result.framework, population.counted, population.start, population.end)
        items = []
        for row in rows:
            verb = "fails" if row.verdict is Verdict.FAIL else "cannot be decided"
            item: Shape = {
                "uuid": self._id("poam-item", *self._key(row)),
                "title": self._clean(f"{row.item}: {row.control} {verb}"),
                "description": self._clean(row.message or str(row.verdict)),
                "related-observations": [
                    {"observation-uuid": self._id("observation", *self._key(row))}
                ],
            }
            if row.verdict is Verdict.FAIL:
                item["related-findings"] = [{"finding-uuid": self._id("finding", *self._key(row))}]
            items.append(item)
        name = FRAMEWORKS.get(result.framework, result.framework)
        made: Shape = {
            "uuid": self._id("poam", *window, population.seq),
            "metadata": self._metadata(self._clean(f"{name}: plan of action and milestones")),
            "system-id": {"identifier-type": "urn:vsm:database", "id": self.database},
            "local-definitions": {"inventory-items": self._items(rows)},
            "observations": [self._observation(row) for row in rows],
        }
        serves = _requirements(result)
        failed = [self._finding(row, serves) for row in rows if row.verdict is Verdict.FAIL]
        if failed:
            made["findings"] = failed
        made["poam-items"] = items
        return made

    def _components(self, controls: Mapping[str, Shape]) -> Shape:
        by_framework: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for name, values in sorted(controls.items()):
            for ref in values["refs"]:
                if framework_of(ref):
                    by_framework[framework_of(ref)][ref].append(name)
        implementations = [
            {
                "uuid": self._id("control-implementation", framework),
                "source": f"urn:vsm:framework:{framework}",
                "description": self._clean(
                    f"Controls of vsm that serve {FRAMEWORKS.get(framework, framework)}"
                ),
                "implemented-requirements": [
                    {
                        "uuid": self._id("requirement", ref),
                        "control-id": control_id(ref),
                        "description": self._clean(
                            "; ".join(f"{n}: {controls[n]['title']}" for n in names)
                        ),
                        "props": [
                            _prop("requirement", self._clean(requirement_of(ref))),
                            *(_prop("control", self._clean(name)) for name in names),
                        ],
                    }
                    for ref, names in sorted(refs.items())
                ],
            }
            for framework, refs in sorted(by_framework.items())
        ]
        return {
            "uuid": self._id("component-definition"),
            "metadata": self._metadata("Controls of vsm"),
            "components": [
                {
                    "uuid": self._id("component"),
                    "type": "software",
                    "title": "vsm",
                    "description": "Checks each change as it flows, and keeps the verdicts in a"
                    " hash-chained journal.",
                    "control-implementations": implementations,
                }
            ],
        }


def _requirements(result: Compliance) -> dict[str, list[str]]:
    """The ids of the requirements of the framework that each control serves, sorted."""
    return {
        figure.control: sorted(
            control_id(ref) for ref in figure.requirements if framework_of(ref) == result.framework
        )
        for figure in result.controls
    }


def _prop(name: str, value: str) -> Shape:
    return {"name": name, "ns": NAMESPACE, "value": value}


def token(text: str) -> str:
    """A text as an OSCAL token: letters, digits, points and hyphens, a letter first."""
    name = re.sub(r"[^\w.\-]+", "-", text.strip()).strip("-.").lower()
    return name if name and (name[0].isalpha() or name[0] == "_") else f"_{name}"


def control_id(ref: str) -> str:
    """The id of a requirement: NIST's own (``cm-3.2``), else a token (``gdpr-art-33``)."""
    match = _NIST.fullmatch(requirement_of(ref))
    if framework_of(ref) == "800-53" and match:
        family, number, enhancement = match.groups()
        return f"{family.lower()}-{number}" + (f".{enhancement}" if enhancement else "")
    return token(re.sub(r"[.\s]+", "-", ref)) if framework_of(ref) != "soc2" else token(ref)
