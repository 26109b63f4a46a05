"""``--format text|md|html|json`` of the verbs that report, on screen and into a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_exports import MARCH, demo, organisation

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]

VERBS = {
    "metrics": (("metrics", "--as-of", MARCH, "--stream", "Card issuing"), "Card issuing"),
    "bottlenecks": (("bottlenecks", "--as-of", MARCH, "--stream", "Card issuing"), "Review"),
    "map": (("map", "--as-of", MARCH, "--stream", "Card issuing"), "To release"),
    "deps": (("deps",), "PLAT-130"),
    "board": (("board", "--stream", "Card issuing"), "CARD-197"),
}


@pytest.mark.parametrize("name", VERBS)
def test_every_format_tells_the_same_and_goes_to_a_file(
    demo: Vsm, tmp_path: Path, name: str
) -> None:
    call, word = VERBS[name]
    for form, begin in (("md", "# "), ("html", "<!doctype html>"), ("json", "{"), ("text", "")):
        text = demo.ok(*call, "--format", form)
        assert text.startswith(begin) and word in text and text.endswith("\n")
        file = tmp_path / f"report.{form}"
        done = demo(*call, "--format", form, "-o", str(file))
        assert (done.exit_code, done.stdout) == (0, ""), done.output
        assert done.stderr == f"wrote the report to {file}\n"
        if form in ("json", "md", "html") and name != "deps":  # deps are as of now
            assert file.read_text(encoding="utf-8") == text
    short, long = (
        demo.ok(*call, *form).splitlines() for form in (["--json"], ["--format", "json"])
    )
    assert [a for a in short if '"as_of"' not in a] == [b for b in long if '"as_of"' not in b]


def test_a_format_that_is_none_and_two_that_differ_are_refused(demo: Vsm, tmp_path: Path) -> None:
    assert "md" in demo.fails(2, "metrics", "--format", "pdf")
    assert "exclude each other" in demo.fails(2, "metrics", "--json", "--format", "html")
    assert "is a folder" in demo.fails(2, "board", "--format", "html", "-o", str(tmp_path))


def test_figures_of_the_html_report_come_with_charts(demo: Vsm) -> None:
    call, _ = VERBS["metrics"]
    page = demo.ok(*call, "--format", "html")
    for title in ("Cycle time", "Throughput", "Cumulative flow", "Ageing work"):
        assert f'aria-label="{title}' in page
    assert page.count("<svg") == 4


def test_two_windows_are_compared_in_every_format(demo: Vsm) -> None:
    text = demo.ok("metrics", "--from", "2025-09-01", "--to", "2025-10-31", "--against", "previous")
    assert "Two windows compared" in text and "throughput" in text
    report = demo.json("metrics", "--against", "previous")
    rows = {row["figure"]: row for row in report["comparison"]["figures"]}
    assert rows["work in progress at the end"]["value"] == report["wip"]["total"]
    assert rows["cycle time, 85%"]["value"] == report["cycle_time_days"]["p85"]
    other = report["comparison"]["against"]
    then = demo.json(
        "metrics", "--from", other["from"], "--to", other["to"], "--as-of", other["to"]
    )
    assert rows["work in progress at the end"]["against"] == then["wip"]["total"]
    assert rows["cycle time, 85%"]["against"] == then["cycle_time_days"]["p85"]
    assert demo.json("metrics")["comparison"] is None
    assert "is no window" in demo.fails(2, "metrics", "--against", "someday")
