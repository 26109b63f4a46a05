"""Reports of the demo on record: each can be made again, byte for byte."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

from click.testing import CliRunner

from tests.demo.conftest import Bank
from vsm.cli.main import cli
from vsm.model.report_entities import MADE_REPORT
from vsm.reader import Reader
from vsm.report.formats import Format
from vsm.screens.report_record import write_record


def test_every_report_on_record_can_be_made_again(bank: Bank) -> None:
    made = bank.reader.entities(MADE_REPORT)
    assert len(made) >= 4
    for one in made:
        text = write_record(one, bank.reader, Format(one.form))
        assert sha256(text.encode()).hexdigest() == one.sha256, one


def test_one_up_to_an_earlier_moment_is_made_again_with_its_own_bytes(
    bank: Bank, tmp_path: Path
) -> None:
    """What is known of now only is no part of it, so they are others than those of now."""
    db = Path(shutil.copy(bank.path, tmp_path / "demo.db"))
    words = ["report", "weekly", "--stream", "Mobile app", "--to", "2025-03-30T20:00Z"]
    assert CliRunner(env={"VSM_DB": str(db)}).invoke(cli, words).exit_code == 0
    reader = Reader(db)
    made = max(reader.entities(MADE_REPORT), key=lambda one: one.id)
    text = write_record(made, reader, Format(made.form))
    assert sha256(text.encode()).hexdigest() == made.sha256
    assert "known of now only" in text
    reader.close()
