"""Writes a report on record once more, from the journal as it was known when it was made."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from vsm.connections import open_as_of_entry
from vsm.features.reports.charts import read_charts
from vsm.features.reports.report import report, with_charts
from vsm.model.report import MadeReport, ReportKind
from vsm.reader import Reader
from vsm.report.formats import Format, render
from vsm.report.publish import publish
from vsm.screens.report_pages import read_of

if TYPE_CHECKING:
    from vsm.report.document import Document


def write_record(made: MadeReport, reader: Reader, form: Format) -> str:
    """A report on record in a format: in that of the record the bytes of which it has the hash."""
    if made.to_seq is None:
        return _write(made, reader, form)
    with TemporaryDirectory(prefix="vsm-record-") as folder:
        copy = Path(folder) / reader.path.name
        open_as_of_entry(reader.path, made.to_seq, copy)
        then = Reader(copy)
        try:
            return _write(made, then, form)
        finally:
            then.close()


def _write(made: MadeReport, reader: Reader, form: Format) -> str:
    kind = ReportKind(made.report)
    of = None if made.only is None else reader.stream(made.only)
    result = read_of(reader, kind, of, None, made.until, True)

    def document() -> Document:
        if form is not Format.HTML or of is None:
            return report(result)
        return with_charts(report(result), read_charts(reader, of, result, present=True))

    return render(form, document, lambda: publish(result), anchor=reader.anchor())
