"""``vsm comply``: evidence, compliance reports, audit samples, exports for auditors."""

from __future__ import annotations

import click

from vsm.cli.base import Noun

VERBS: dict[str, tuple[str, str]] = {
    "record": ("vsm.cli.comply_record:record", "Record evidence about an item, from a pipeline."),
    "attest": ("vsm.cli.comply_record:attest", "State facts about an item, or a file's hash."),
    "list": (
        "vsm.cli.comply_report:list_frameworks",
        "List frameworks, their requirements and controls.",
    ),
    "report": (
        "vsm.cli.comply_report:report",
        "Report on a framework: population, verdicts, exceptions.",
    ),
    "sample": (
        "vsm.cli.comply_audit:sample",
        "Draw a sample that an auditor can draw again.",
    ),
    "register": (
        "vsm.cli.comply_audit:register",
        "Write the record of processing of GDPR, Article 30, as CSV.",
    ),
    "export": ("vsm.cli.comply_export:export", "Export compliance for other tools."),
    "check-log": (
        "vsm.cli.comply_export:check_log",
        "Check a Gemara log: evaluation, enforcement, audit.",
    ),
    "evidence": ("vsm.cli.comply_record:list_evidence", "List the evidence about an item."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm comply record --item PAY-7 --kind build --status pass --ref https://ci/8812
vsm comply attest PAY-7 --set data.personal=yes --set data.purpose=billing
vsm comply evidence PAY-7
vsm comply report --framework soc2 --xlsx soc2.xlsx
""",
)
def comply() -> None:
    """Record evidence about items, and report compliance to auditors.

    Controls come from vsm gov; here is what they rest on, and what auditors get. Files are not
    stored: their hash is, and where they are. docs/compliance.md explains it.
    """
