"""The report that a screen shows, as the export dialog offers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vsm.reader import Reader
from vsm.report.document import Document

if TYPE_CHECKING:
    from vsm.features.portfolio.results import Portfolio
    from vsm.features.reports.results import Report
    from vsm.report.formats import Format


@dataclass(frozen=True, slots=True)
class TextOffer:
    """Another form of a report, for other programs: its name, the end of its file, its text."""

    name: str
    suffix: str
    about: str
    text: Callable[[], str]


@dataclass(frozen=True, slots=True)
class ReportOffer:
    """A report by its name, made off the UI thread: as a document, and as what JSON publishes."""

    name: str
    document: Callable[[Reader], Document]
    value: Callable[[Reader], Any]
    texts: tuple[TextOffer, ...] = ()
    page: Callable[[Reader], Document] | None = None
    """The document of the HTML file, where that shows more: charts."""
    of_all: bool = False
    """Whether it is about all streams, which the name of its file says."""
    portfolio: Portfolio | None = None
    """What is offered as a workbook, where the session may write files."""
    report: Report | None = None
    """The same of a report on what changed."""
    whole: Callable[[Reader, Format], str] | None = None
    """Writes all of the file, where that is not of now: a report on record."""
