"""Pages of governance: frameworks, samples, evidence, drift, standards, texts; and the past."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.cli.comply import audited
from tests.cli.conftest import Vsm
from tests.model.controls import add_control
from vsm.features.governance.control_report import fact_rows
from vsm.features.governance.report import report
from vsm.features.governance.results import Governance
from vsm.model.command import AddEntity, AddEvidence
from vsm.model.control.control import Mode
from vsm.model.control.evidence import EvidenceKind
from vsm.model.entities import GRANT
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.reader import Reader
from vsm.report.terminal import draw_text
from vsm.templates import source

from .conftest import Person, World

Size = tuple[int, int]
KANBAN = {"only": 1, "standard": "kanban", "text": source("kanban"), "reason": "agreed"}


@pytest.fixture
def audit(tmp_path: Path) -> World:
    """A stream with deployments, evidence and controls of March 2025."""
    world = World(tmp_path / "audit.db")
    audited(world.path)
    return world


def chosen_row(anna: Person, word: str) -> str:
    return next(line for line in anna.lines if word in line)


# -- words ----------------------------------------------------------------------------------


def test_a_report_names_verbs_and_a_screen_names_keys() -> None:
    empty = Governance(
        stream="Web", as_of=0, mode=Mode.OFF, lead=None, controls=(), announced=(), open_waivers=2
    )
    text = "\n".join(draw_text(report(empty), 100))
    assert "2 waivers wait for an answer: vsm gov waivers" in text and "{" not in text
    keys = "\n".join(draw_text(report(empty, lambda verb, key: key), 100))
    assert "an answer: {list_waivers}" in keys and "vsm" not in keys.replace("with vsm", "")


def test_facts_of_an_example_are_rows_of_name_and_value() -> None:
    facts = {
        "now": "2026-03-02T13:00:00+00:00",
        "change": {
            "data": {"personal": True, "categories": ["name", "address"], "purpose": ""},
            "approvals": [],
            "pull_requests": [{"id": "7", "commits": [{"author": "u1"}, {"author": "u2"}]}],
        },
    }
    assert fact_rows(facts) == [
        ("now", "2026-03-02 13:00 UTC"),
        ("change.data.personal", "yes"),
        ("change.data.categories", "name, address"),
        ("change.data.purpose", "(empty)"),
        ("change.approvals", "none"),
        ("change.pull_requests 1", "id 7"),
        ("change.pull_requests 1.commits 1", "author u1"),
        ("change.pull_requests 1.commits 2", "author u2"),
    ]


# -- frameworks -----------------------------------------------------------------------------


async def test_frameworks_open_the_items_behind_their_numbers(audit: World, size: Size) -> None:
    async with audit.person(size=size) as anna:
        await anna.press("9", "f")
        anna.sees("No item deployed to production", "b counts others")
        await anna.press("$")  # to the end of the data
        anna.sees("4 items deployed to production", "SOC 2 (soc2)", "as of 1")
        await anna.press("enter")
        anna.sees("framework: SOC 2", "4 items deployed to production")
        await anna.press("down")
        while "chg-approved" not in chosen_row(anna, "█"):
            await anna.press("down")
        counts = chosen_row(anna, "█").split()[-6:]
        await anna.press("enter")
        anna.sees("chg-approved: verdicts", "fail", "indeterminate")
        assert any("fail " in line and f"{counts[1]} item" in line for line in anna.lines)
        await anna.type("fail")
        await anna.press("enter")
        anna.sees("chg-approved, fail: 1 item", "P-2")
        await anna.press("escape", "escape")
        anna.sees("frameworks")


async def test_other_items_are_counted_in_turn(audit: World) -> None:
    async with audit.person() as anna:
        await anna.press("9", "f", "$")
        for words in ("items finished", "items active", "items deployed to production"):
            await anna.press("b")
            anna.sees(words)


# -- samples --------------------------------------------------------------------------------


async def test_a_sample_is_that_of_the_verb_for_the_same_seed(audit: World) -> None:
    window = ("--from", "2025-03-01", "--to", "2025-03-31")
    verb = Vsm(audit.path).json("comply", "sample", *window, "--n", "2", "--seed", "S")
    async with audit.person(size=(100, 40)) as anna:
        await anna.press("9", "A")
        anna.sees("Audit sample", "usual number")
        asked = {"first": "2025-03-01", "last": "2025-03-31", "size": "2", "seed": "S"}
        for name, text in asked.items():
            anna.app.screen.query_one(f"#{name}", Input).value = text
        await anna.press("enter")
        anna.sees("2 of 4 items deployed to production, 1 Mar 2025 to 31 Mar 2025", "seed: S")
        shown = [item.item for item in anna.app.screen.result.items]  # type: ignore[attr-defined]
    assert shown == [item["item"] for item in verb["items"]]


# -- evidence -------------------------------------------------------------------------------


async def test_evidence_is_shown_and_recorded_from_the_board(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("p")
        anna.sees("evidence: PAY-1", "No evidence is on record; r records some")
        await anna.press("r", "enter", "enter")
        anna.sees("The evidence has no reference. Say where it is.")
        await anna.type("CAB-9")
        await anna.press("enter")
        anna.sees("1 piece of evidence on record", "approval", "CAB-9")
        await anna.press("escape")
        assert anna.app.screen is anna.screen, "Esc goes back to the board"


async def test_a_document_is_recorded_by_the_hash_of_its_file(
    filled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of the folder may be of any length
    report_file = tmp_path / "report.pdf"
    report_file.write_bytes(b"all is well")
    async with filled.person() as anna:
        await anna.press("enter", "p", "r")
        await anna.type("document")
        await anna.press("enter", "tab")
        await anna.type("none.pdf")
        await anna.press("enter")
        anna.sees("none.pdf cannot be", "No such file")
        anna.app.screen.query_one("#file", Input).value = str(report_file)
        await anna.press("enter")
        anna.sees("document", "report.pdf")
    reader = Reader(filled.path)
    stream = reader.stream(1)
    assert stream is not None
    (one,) = reader.change_records(stream, [1]).known[1].evidence
    assert one.sha256 == hashlib.sha256(b"all is well").hexdigest()
    assert (one.kind, one.by) == (EvidenceKind.DOCUMENT, "anna")


async def test_facts_are_stated_beside_those_that_stand(filled: World) -> None:
    filled.do(AddEvidence(1, "attestation", "a", details={"data.purpose": "billing"}))
    async with filled.person() as anna:
        await anna.press("p", "r")
        await anna.type("facts data")
        await anna.press("enter")
        anna.sees("billing")
        await anna.type("yes")
        await anna.press("enter")
        anna.sees("data.personal=yes", "data.purpose=billing")


async def test_a_viewer_reads_evidence_and_records_none(filled: World) -> None:
    filled.do(AddEntity(GRANT, {"login": "seed", "role": "admin"}))
    filled.do(AddEntity(GRANT, {"login": "vic", "role": "viewer"}))
    async with filled.person("vic") as vic:
        await vic.press("p", "r")
        vic.sees("evidence: PAY-1", "viewer")
        await vic.press("9", "m")
        vic.sees("viewer")


# -- standards ------------------------------------------------------------------------------


async def test_a_standard_is_adopted_and_a_deviation_agreed(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("9", "d")
        anna.sees("follows no standard: l lists standards, L on one adopts it")
        await anna.press("l", "L")
        anna.sees("follows kanban")
        await anna.type("programme decision")
        await anna.press("enter", "d")
        anna.sees("drift from the standard: Kanban", "not agreed")
        await anna.press("g")
        await anna.type("their own words")
        await anna.press("enter")
        anna.sees("agreed by anna: their own words")
    reader = Reader(filled.path)
    assert [one.standard for one in reader.entities(ADOPTION)] == ["kanban"]
    assert [one.reason for one in reader.entities(DEVIATION)] == ["their own words"]


async def test_enter_on_another_policy_shows_both_texts(filled: World) -> None:
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("9", "l", "L")
        await anna.type("programme decision")
        await anna.press("enter", "d")
        targets = anna.app.screen.targets
        place = next(n for n, one in enumerate(targets) if one.part.startswith("policy:"))
        await anna.press(*["down"] * place, "enter")
        anna.sees("Policy of Backlog here:", "none", "In the standard:")


async def test_a_text_is_read_and_copied_into_an_item_once(filled: World) -> None:
    async with filled.person() as anna:
        await anna.press("9", "t")
        await anna.type("test-plan")
        await anna.press("enter")
        anna.sees("## Test plan")
        await anna.press("enter")
        await anna.type("PAY-2")
        await anna.press("enter")
        item = Reader(filled.path).find_key("PAY-2")
        assert item is not None and "## Test plan" in item.description
        await anna.press("t")
        await anna.type("test-plan")
        await anna.press("enter", "enter")
        await anna.type("PAY-2")
        await anna.press("enter")
        anna.sees("PAY-2 has the heading 'Test plan' already")


# -- the past -------------------------------------------------------------------------------


async def test_the_past_shows_what_was_on_record_then(audit: World) -> None:
    audit.do(add_control())
    async with audit.person() as anna:
        await anna.press("9")
        anna.sees("somebody owns it")
        await anna.press("$", "9")
        anna.sees("chg-approved", "s supportive")
        assert "set later" in chosen_row(anna, "somebody owns it")
        await anna.press("v")
        anna.sees("pilot", "granted")
        await anna.press("[", "[")
        anna.sees("There are no waivers", "as of 4 Mar 2025")
        await anna.press("escape")
        assert "s supportive" not in anna.text
        await anna.press("n")
        anna.sees("Read-only")


async def test_without_colour_and_with_wide_texts_a_page_holds(filled: World) -> None:
    wide = "審査 " * 30
    filled.do(add_control(title=wide.strip()[:90], name="控制" * 20))
    async with filled.person(size=(80, 24), ascii_only=True, theme="none") as anna:
        await anna.press("9")
        anna.sees("控制", "Chk")
        await anna.press("enter")
        anna.sees("Examples", "change.owner", "anna")
