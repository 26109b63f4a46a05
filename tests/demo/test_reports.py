"""Reports of the demo on record: each can be made again, byte for byte."""

from __future__ import annotations

from hashlib import sha256

from tests.demo.conftest import Bank
from vsm.model.report_entities import MADE_REPORT
from vsm.report.formats import Format
from vsm.screens.report_record import write_record


def test_every_report_on_record_can_be_made_again(bank: Bank) -> None:
    made = bank.reader.entities(MADE_REPORT)
    assert len(made) >= 4
    for one in made:
        text = write_record(one, bank.reader, Format(one.form))
        assert sha256(text.encode()).hexdigest() == one.sha256, one
