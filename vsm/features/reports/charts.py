"""The charts that a report on a stream has as an HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.features.reports.results import Report
from vsm.model.stream import ValueStream
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.report.charts import Chart


def read_charts(
    reader: Reader, stream: ValueStream | None, result: Report, *, present: bool
) -> tuple[Chart, ...]:
    """Throughput and cycle times of the 90 days; none of a report on all streams."""
    if stream is None or result.nothing_changed:
        return ()
    from vsm.features.metrics.charts import cycle_time, throughput
    from vsm.features.metrics.reading import read_figures

    figures = read_figures(reader, stream, as_of=result.as_of, present=present)
    return throughput(figures), cycle_time(figures)
