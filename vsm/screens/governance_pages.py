"""The pages of the screen of governance: what is read for each, and its report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from vsm.features.governance.results import Waivers
from vsm.model.control.audit import Counting
from vsm.model.governance_entities import CONTROL
from vsm.model.rules import local

if TYPE_CHECKING:
    from vsm.features.compliance.results import Population
    from vsm.model.control.control import Control
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.report.document import Document
    from vsm.report.wording import Hint


class Page(StrEnum):
    """The pages of the screen; the value stands above the report."""

    CONTROLS = "controls"
    CONTROL = "control"
    SHADOW = "replay"
    COSTS = "costs"
    WAIVERS = "waivers"
    RISKS = "security and privacy ahead"
    FRAMEWORKS = "frameworks"
    FRAMEWORK = "framework"
    SAMPLE = "audit sample"
    EVIDENCE = "evidence"
    DRIFT = "drift from the standard"
    STANDARDS = "standards"
    STANDARD = "standard"


TOP = frozenset((Page.COSTS, Page.WAIVERS, Page.RISKS, Page.FRAMEWORKS, Page.DRIFT, Page.STANDARDS))
"""Pages that a key shows from anywhere: from them Esc goes to the controls."""

AS_OF_NOW = frozenset((Page.DRIFT, Page.STANDARDS, Page.STANDARD))
"""Pages that show no past: standards are compared with the stages and limits of now."""


@dataclass(frozen=True, slots=True)
class SampleQuestion:
    """What a sample is drawn from and by; without a size a usual number is drawn."""

    seed: str
    first: date
    last: date
    size: int | None = None
    counting: Counting | None = None
    """``None``: deployed items, or finished ones where none are deployed."""
    is_of_all: bool = False
    """Whether it is drawn from all streams."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page, and what it is about: a control, an item, a framework or standard, a sample."""

    page: Page
    control: int | None = None
    item: int | None = None
    name: str = ""
    counting: Counting | None = None
    sample: SampleQuestion | None = None


HOME = Place(Page.CONTROLS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is asked of: a reader, a stream, a moment (UTC microseconds), perhaps past."""

    reader: Reader
    stream: ValueStream
    place: Place
    now: int
    is_past: bool


def read_page(asked: Asked) -> Any:
    """The result of a page; ``None`` where what it is about is gone."""
    return _READERS[asked.place.page](asked)


def report_page(place: Place, result: Any, zone: str, hint: Hint) -> Document:
    """The report on a page."""
    return _REPORTS[place.page](result, zone, hint)


# -- controls -------------------------------------------------------------------------------


def _controls(asked: Asked) -> Any:
    from vsm.features.governance.reading import read_governance

    return read_governance(asked.reader, asked.stream, asked.now, past=asked.is_past)


def _control_of(asked: Asked) -> Control | None:
    number = asked.place.control
    return next((c for c in asked.reader.entities(CONTROL) if c.id == number), None)


def _control(asked: Asked) -> Any:
    from vsm.features.governance.control_reading import read_control_detail

    control = _control_of(asked)
    if control is None:
        return None
    return read_control_detail(asked.reader, asked.stream, control, asked.now)


def _shadow(asked: Asked) -> Any:
    from vsm.features.governance.shadow import read_shadow

    control = _control_of(asked)
    return None if control is None else read_shadow(asked.reader, asked.stream, control, asked.now)


def _costs(asked: Asked) -> Any:
    from vsm.features.governance.reading import read_costs

    return read_costs(asked.reader, asked.stream, asked.now)


def _waivers(asked: Asked) -> Any:
    from vsm.features.governance.reading import read_waivers

    rows = read_waivers(asked.reader, asked.now, asked.stream.zone, asked.stream)
    return Waivers(stream=asked.stream.name, waivers=tuple(rows))


def _risks(asked: Asked) -> Any:
    from vsm.features.governance.risks import read_compliance_risks

    return read_compliance_risks(asked.reader, asked.stream, asked.now)


# -- compliance -----------------------------------------------------------------------------


def _recent(asked: Asked) -> Population:
    """The items of the last days, counted as the page does."""
    from vsm.features.compliance.reading import RECENT_DAYS, count_population

    last = local(asked.now, asked.stream.zone).date()
    first = last - timedelta(days=RECENT_DAYS - 1)
    return count_population(asked.reader, asked.place.counting, [asked.stream], first, last)


def _frameworks(asked: Asked) -> Any:
    from vsm.features.compliance.reading import read_frameworks

    return read_frameworks(asked.reader, _recent(asked), [asked.stream], asked.now)


def _framework(asked: Asked) -> Any:
    from vsm.features.compliance.reading import read_report

    population = _recent(asked)
    return read_report(asked.reader, asked.place.name, population, [asked.stream], asked.now)


def _sample(asked: Asked) -> Any:
    from vsm.features.compliance.reading import count_population
    from vsm.features.compliance.sample import read_sample

    question, reader = asked.place.sample, asked.reader
    assert question is not None
    streams = [asked.stream]
    if question.is_of_all:
        every = (reader.stream(info.id) for info in reader.streams())
        streams = [one for one in every if one is not None]
    window = question.first, question.last
    population = count_population(reader, question.counting, streams, *window)
    return read_sample(reader, population, streams, asked.now, question.seed, question.size)


def _evidence(asked: Asked) -> Any:
    from vsm.features.compliance.evidence import read_item_evidence

    assert asked.place.item is not None
    return read_item_evidence(asked.reader, asked.place.item, asked.now, past=asked.is_past)


# -- standards ------------------------------------------------------------------------------


def _drift(asked: Asked) -> Any:
    from vsm.features.standards.reading import adoption_of, read_drift, read_standards

    name = asked.place.name or None
    if name is None and adoption_of(asked.reader, asked.stream) is None:
        return read_standards(asked.reader, asked.now)
    return read_drift(asked.reader, asked.stream, asked.now, name)


def _standards(asked: Asked) -> Any:
    from vsm.features.standards.reading import read_standards

    return read_standards(asked.reader, asked.now)


def _standard(asked: Asked) -> Any:
    from vsm.features.standards.reading import read_standard

    return read_standard(asked.reader, asked.place.name, asked.now)


_READERS: dict[Page, Callable[[Asked], Any]] = {
    Page.CONTROLS: _controls,
    Page.CONTROL: _control,
    Page.SHADOW: _shadow,
    Page.COSTS: _costs,
    Page.WAIVERS: _waivers,
    Page.RISKS: _risks,
    Page.FRAMEWORKS: _frameworks,
    Page.FRAMEWORK: _framework,
    Page.SAMPLE: _sample,
    Page.EVIDENCE: _evidence,
    Page.DRIFT: _drift,
    Page.STANDARDS: _standards,
    Page.STANDARD: _standard,
}


# -- reports --------------------------------------------------------------------------------


def _report_controls(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.governance.report import report

    return report(result, hint)


def _report_control(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.governance.control_report import report_control

    return report_control(result, zone, hint)


def _report_shadow(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.governance.report import report_shadow

    return report_shadow(result, hint)


def _report_costs(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.governance.cost_report import report_costs

    return report_costs(result)


def _report_waivers(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.governance.report import report_waivers

    return report_waivers(result, hint)


def _report_risks(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.governance.risk_report import report_risks

    return report_risks(result)


def _report_frameworks(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.compliance.frameworks_report import frameworks_report

    return frameworks_report(result, hint)


def _report_framework(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.compliance.report import report

    return report(result, hint)


def _report_sample(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.compliance.sample_report import report

    return report(result)


def _report_evidence(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.compliance.evidence_report import report

    return report(result, zone, hint)


def _report_drift(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.standards.report import drift_report, unfollowed_report
    from vsm.features.standards.results import Drift

    return drift_report(result, hint) if isinstance(result, Drift) else unfollowed_report(hint)


def _report_standards(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.standards.report import list_report

    return list_report(result)


def _report_standard(result: Any, zone: str, hint: Hint) -> Document:
    from vsm.features.standards.report import standard_report

    return standard_report(result, hint)


_REPORTS: dict[Page, Callable[[Any, str, Hint], Document]] = {
    Page.CONTROLS: _report_controls,
    Page.CONTROL: _report_control,
    Page.SHADOW: _report_shadow,
    Page.COSTS: _report_costs,
    Page.WAIVERS: _report_waivers,
    Page.RISKS: _report_risks,
    Page.FRAMEWORKS: _report_frameworks,
    Page.FRAMEWORK: _report_framework,
    Page.SAMPLE: _report_sample,
    Page.EVIDENCE: _report_evidence,
    Page.DRIFT: _report_drift,
    Page.STANDARDS: _report_standards,
    Page.STANDARD: _report_standard,
}
