"""The list of frameworks as a document: their requirements and the controls that serve them."""

from __future__ import annotations

from vsm.features.compliance.report import COUNTED
from vsm.features.compliance.results import FrameworkRow, Frameworks
from vsm.features.compliance.targets import FrameworkTarget, count_target
from vsm.model.sanitise import inert_line
from vsm.report.document import Cell, Column, Document, Section, Sentence, Table, row
from vsm.report.wording import Hint, count, day, name_verb, percent


def frameworks_report(result: Frameworks, hint: Hint = name_verb) -> Document:
    """Frameworks, their requirements, and the verdicts of the controls that serve them."""
    what = COUNTED[result.counted]
    window = f"{day(result.start)} to {day(result.end)}"
    if result.size:
        population = Sentence(f"{count(result.size, 'item')} {what}, {window}", "strong")
    else:
        other = hint("--population finished or active", "{count_by} counts others")
        population = Sentence(f"No item {what}, {window}; {other}", "warn")
    sections = [Section("", (population,))]
    for framework in result.frameworks:
        parts = (_coverage(framework, bool(result.size)), _requirements_table(framework, result))
        sections.append(Section(_framework_title(framework), parts))
    return Document("Frameworks", (), tuple(sections))


def _framework_title(framework: FrameworkRow) -> str:
    return inert_line(f"{framework.name} ({framework.framework})")


def _coverage(framework: FrameworkRow, has_items: bool) -> Sentence:
    """How many requirements have a control, and what fails; it opens the report."""
    rows = framework.requirements
    served = sum(bool(row.controls) for row in rows)
    by_name = {figure.control: figure for row in rows for figure in row.controls}
    fails = sum(figure.failed for figure in by_name.values())
    text = f"{served} of {count(len(rows), 'requirement')} served by controls that are set"
    if by_name and has_items:
        text += f"; {count(fails, 'verdict')} failed"
    return Sentence(text, target=FrameworkTarget(framework.name, framework=framework.framework))


def _requirements_table(framework: FrameworkRow, result: Frameworks) -> Table:
    heads = ("Pass", "Fail", "Indet.", "Waived", "Rate")
    numbers = [Column(head, right=True) for head in heads]
    columns = (Column("Requirement"), Column("Control", shrinks=True), *numbers)
    rows = []
    for requirement in framework.requirements:
        name = inert_line(requirement.requirement)
        for figure in requirement.controls:
            rows.append(
                row(
                    name,
                    figure.control,
                    str(figure.passed),
                    Cell(str(figure.failed), "bad" if figure.failed else "text"),
                    Cell(str(figure.indeterminate), "warn" if figure.indeterminate else "text"),
                    str(figure.waived),
                    percent(figure.pass_rate),
                    target=count_target(figure.control, result.verdicts),
                )
            )
            name = ""
        for control in requirement.not_set:
            rows.append(row(name, Cell(f"{control} (not set)", "faint"), *[""] * 5))
            name = ""
    return Table(columns, tuple(rows))
