"""Writes a report on record once more, from the journal as it was known when it was made."""

from __future__ import annotations

from hashlib import sha256
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
        return _write(made, reader, form, present=True)
    with TemporaryDirectory(prefix="vsm-record-") as folder:
        copy = Path(folder) / reader.path.name
        open_as_of_entry(reader.path, made.to_seq, copy)
        then = Reader(copy)
        try:
            return _write(made, then, form, present=_is_of_now(made, then))
        finally:
            then.close()


def _is_of_now(made: MadeReport, reader: Reader) -> bool:
    """Whether it reached up to its moment: one up to an earlier day has other bytes."""
    known = [one.value for one in Format]
    form = Format(made.form) if made.form in known else Format.MARKDOWN
    text = _write(made, reader, form, present=False)
    return sha256(text.encode()).hexdigest() != made.sha256


def _write(made: MadeReport, reader: Reader, form: Format, *, present: bool) -> str:
    kind = ReportKind(made.report)
    of = None if made.only is None else reader.stream(made.only)
    since = made.since if made.to_seq is None else None
    result = read_of(reader, kind, of, since, made.until, present)

    def document() -> Document:
        if form is not Format.HTML or of is None:
            return report(result)
        return with_charts(report(result), read_charts(reader, of, result, present=present))

    return render(form, document, lambda: publish(result), anchor=reader.anchor())
