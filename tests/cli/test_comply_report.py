"""``vsm comply report|list``: population, verdicts by the texts of then, exceptions, Excel."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.cli.comply import MARCH, OWN_APPROVAL, Audited, audited, control, moment
from vsm.model import command as c
from vsm.model.control.control import WaiverState
from vsm.model.entities import GRANT
from vsm.model.governance_entities import CONTROL, MODE, WAIVER
from vsm.reader import Reader
from vsm.session import Session
from vsm.store.sqlite import sqlite3

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

REPORT = ("comply", "report", "--framework", "soc2", *MARCH)


@pytest.fixture
def audit(vsm: Vsm) -> Vsm:
    audited(vsm.db)
    return vsm


def verdicts(report: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(e["item"], e["control"]): e["verdict"] for e in report["exceptions"]}


def test_the_population_is_what_was_deployed(audit: Vsm) -> None:
    report = audit.json(*REPORT)
    population = report["population"]
    keys = [item["item"] for item in population["items"]]
    assert keys == ["P-1", "P-2", "P-3", "P-4"]
    assert population["size"] == 4
    assert population["hash"] == hashlib.sha256(b"P-1\nP-2\nP-3\nP-4").hexdigest()
    assert "FROM evidence" in population["query"]
    entry = population["items"][0]["seq"]
    (line,) = [line for line in audit.json("log", "--item", "P-1") if line["seq"] == entry]
    assert "deployment" in line["text"]
    assert report["journal"]["seq"] == population["seq"]


def test_each_item_gets_its_verdicts(audit: Vsm) -> None:
    report = audit.json(*REPORT)
    exceptions = verdicts(report)
    assert not any(item == "P-1" for item, _ in exceptions)
    assert exceptions["P-2", "chg-approved"] == "fail"
    assert exceptions["P-2", "chg-separation"] == "fail"
    assert exceptions["P-3", "chg-approved"] == "indeterminate"
    assert exceptions["P-4", "chg-approved"] == "waived"
    (approved,) = [c for c in report["controls"] if c["control"] == "chg-approved"]
    counts = [approved[n] for n in ("passed", "failed", "indeterminate", "waived", "pass_rate")]
    assert counts == [1, 1, 1, 1, 0.25]
    (emergency,) = [c for c in report["controls"] if c["control"] == "chg-emergency"]
    assert (emergency["applicable"], emergency["not_applicable"]) == (0, 4)
    assert emergency["pass_rate"] is None
    (waived,) = [e for e in report["exceptions"] if e["verdict"] == "waived"]
    assert (waived["waiver"], waived["recorded"], waived["mode"]) == (1, "waived", "controlling")
    assert [mode["mode"] for mode in report["modes"]] == ["controlling", "supportive"]


def test_exceptions_say_which_records_make_them_fail(audit: Vsm) -> None:
    rows = {(e["item"], e["control"]): e["message"] for e in audit.json(*REPORT)["exceptions"]}
    assert rows["P-2", "chg-approved"] == OWN_APPROVAL
    deployed = "deployment to production by anna (success, 5 Mar 2025 14:00 UTC)"
    assert rows["P-2", "chg-separation"] == (
        f"{deployed}, approval by anna (5 Mar 2025 11:00 UTC): approver and deployer are both anna"
    )
    text = " ".join(audit.ok(*REPORT).split())
    assert OWN_APPROVAL in text, "the whole reason, on several lines"


def test_reasons_are_in_no_entry_of_the_journal(audit: Vsm) -> None:
    """They name people, who may have to be forgotten: reports make them anew."""
    audit.ok(*REPORT)
    with sqlite3.connect(audit.db) as conn:
        payloads = [str(row) for row in conn.execute("SELECT * FROM journal")]
    assert payloads and not any("approver are both" in payload for payload in payloads)


def test_json_has_the_passes_too(audit: Vsm) -> None:
    report = audit.json(*REPORT)
    passes = [(one["item"], one["control"]) for one in report["passes"]]
    assert ("P-1", "chg-approved") in passes
    assert not set(passes) & set(verdicts(report))
    assert len(passes) == sum(one["passed"] for one in report["controls"])
    assert all(one["verdict"] == "pass" and one["seq"] for one in report["passes"])


def test_an_item_is_judged_by_the_text_of_its_day(audit: Vsm) -> None:
    before = audit.json(*REPORT)
    reader = Reader(audit.db)
    before_change = next(o for o in reader.entities(CONTROL) if o.name == "chg-separation")
    reader.close()
    session = Session(audit.db, actor="pmo")
    session.do(c.ChangeEntity(CONTROL, before_change.id, {"title": "another title"}))
    session.close()
    after = audit.json(*REPORT)
    assert after["exceptions"] == before["exceptions"]
    texts = [t for t in after["texts"] if t["control"] == "chg-separation"]
    assert [t["title"] for t in texts] == [before_change.title, "another title"]
    assert texts[0]["until"] == texts[1]["since"]


def test_what_is_judged_at_the_end_was_waived_on_its_day(vsm: Vsm) -> None:
    made = Audited(vsm.db)
    made.at = moment("03-16 08:00")
    waiver = {"control": control(made, "chg-order"), "only": 1, "reason": "pilot"}
    waiver |= {"start": "2025-03-16", "until": "2025-03-17"}
    made.do(c.AddEntity(WAIVER, waiver), by=made.anna)
    made.do(c.ChangeEntity(WAIVER, 1, {"state": WaiverState.GRANTED}))
    for day in (16, 18):
        made.deploy(made.add(f"on the {day}th", day), day)
    made.close()
    exceptions = verdicts(vsm.json(*REPORT))
    assert exceptions["P-1", "chg-order"] == "waived"
    assert exceptions["P-2", "chg-order"] == "fail"


def test_a_control_that_was_removed_and_set_again_judges_once(audit: Vsm) -> None:
    before = audit.json(*REPORT)
    audit.ok("gov", "remove", "chg-separation")
    audit.ok("gov", "add", "chg-separation")
    after = audit.json(*REPORT)
    assert after["exceptions"] == before["exceptions"]
    assert after["controls"] == before["controls"]


def test_an_emergency_stays_one_whatever_the_class_is_later(vsm: Vsm) -> None:
    made = Audited(vsm.db)
    made.at = moment("03-03 09:00")
    mode = {"only": 1, "value": "controlling", "start": "2025-03-03", "reason": "agreed"}
    made.do(c.AddEntity(MODE, {**mode, "control": control(made, "chg-approved")}))
    key = made.add("payments are down", 4, service="expedite")
    made.at = moment("03-04 10:00")
    made.move(key, "Done", emergency="payments are down")
    made.deploy(key, 4, "ben")
    made.do(c.EditItem(made.item(key), {"service": "standard"}))
    for by in ("pmo", "ben"):
        retro = {"details": {"kind": "retrospective"}}
        made.evidence(key, "approval", "after", "03-04 15:00", by, **retro)
    exceptions = verdicts(vsm.json(*REPORT))
    assert exceptions[key, "chg-emergency"] == "fail"
    made.at = moment("03-06 15:00")
    made.evidence(key, "approval", "after", "03-05 15:00", "lea", **retro)
    made.close()
    assert (key, "chg-emergency") not in verdicts(vsm.json(*REPORT))


def test_finished_and_active_items_are_other_populations(audit: Vsm) -> None:
    finished = audit.json(*REPORT, "--population", "finished")["population"]
    assert [item["item"] for item in finished["items"]] == ["P-1", "P-2", "P-3", "P-4", "P-5"]
    active = audit.json(*REPORT, "--population", "active")["population"]
    assert active["size"] == 6


def test_items_that_a_control_is_about_outside_the_population_are_counted(vsm: Vsm) -> None:
    made = Audited(vsm.db)
    made.change(4)
    made.add("erase me", 5, labels=("erasure-request",))
    made.close()
    gdpr = ("comply", "report", "--framework", "gdpr", *MARCH)
    outside = {one["control"]: one["outside"] for one in vsm.json(*gdpr)["controls"]}
    assert outside["gdpr-erasure"] == 1
    assert sum(outside.values()) == 1
    said = "gdpr-erasure is about 1 item more that was active in the window and is not counted here"
    assert said in vsm.ok(*gdpr, "--format", "md")
    active = vsm.json(*gdpr, "--population", "active")["controls"]
    assert not any(one["outside"] for one in active)


def test_an_empty_population_says_what_to_do(team: Vsm) -> None:
    said = team.fails(2, "comply", "report", "--framework", "SOC 2")
    assert "population is empty: no deployments are recorded; connect" in said
    assert "use --population finished" in said
    said = team.fails(2, "comply", "report", "--framework", "gdpr", "--population", "finished")
    assert "population is empty: nothing finished from" in said


def test_a_window_without_deployments_says_so(audit: Vsm) -> None:
    window = ("--from", "2025-06-01", "--to", "2025-06-30")
    said = audit.fails(2, "comply", "report", "--framework", "soc2", *window)
    assert "no deployments to production from 2025-06-01 to 2025-06-30" in said


def test_an_unknown_framework_names_those_there_are(team: Vsm) -> None:
    said = team.fails(2, "comply", "report", "--framework", "soc3")
    assert "there is no framework 'soc3'; did you mean soc2? there are: 800-53, gdpr, soc2" in said


def test_text_markdown_and_html_say_the_same(audit: Vsm, tmp_path: Path) -> None:
    text = audit.ok(*REPORT)
    assert "4 items deployed to production, 1 Mar 2025 to 31 Mar 2025, of: Payments" in text
    assert "change.pull_requests is not on record" in text
    assert "Approved by someone who wrote none of it" in text
    for form in ("md", "html"):
        assert "P-2" in audit.ok(*REPORT, "--format", form)


def test_excel_has_a_sheet_for_each_part(audit: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "soc2.xlsx"
    audit("comply", "report", "--framework", "soc2", *MARCH, "--xlsx", str(file))
    first = file.read_bytes()
    book = openpyxl.load_workbook(file)
    names = ["Summary", "Population", "Controls", "Verdicts", "Texts", "Modes", "Roles"]
    names += ["Changes", "Checks by hand"]
    assert book.sheetnames == names
    assert [row[0].value for row in book["Population"]] == ["Item", "P-1", "P-2", "P-3", "P-4"]
    rows = {(row[0].value, row[2].value): row[4].value for row in book["Verdicts"]}
    assert rows["P-2", "chg-approved"] == "fail"
    assert rows["P-1", "chg-emergency"] == "not_applicable"
    summary = {row[0].value: row[1].value for row in book["Summary"]}
    assert summary["Items"] == 4
    assert first.startswith(b"PK")


def test_excel_has_days_moments_and_shares_as_such(audit: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "soc2.xlsx"
    audit("comply", "report", "--framework", "soc2", *MARCH, "--xlsx", str(file))
    book = openpyxl.load_workbook(file)
    deployed = book["Population"]["C2"]
    assert (deployed.is_date, deployed.value) == (True, datetime(2025, 3, 4, 14))
    assert book["Modes"]["D2"].value == datetime(2025, 3, 10)
    heads = [cell.value for cell in book["Controls"][1]]
    row = next(r for r in book["Controls"].iter_rows() if r[0].value == "chg-approved")
    rate = row[heads.index("Pass rate")]
    assert (rate.value, rate.number_format) == (0.25, "0.0%")
    assert {row[13].value for row in book["Verdicts"]} == {"Before it was set", "no"}
    summary = {row[0].value: row[1].value for row in book["Summary"]}
    assert summary["From"] == datetime(2025, 3, 1)


def test_excel_is_not_written_to_a_terminal(audit: Vsm, tmp_path: Path) -> None:
    assert "name a file" in audit.fails(2, *REPORT, "--xlsx", "-")


def test_the_hash_of_a_text_can_be_made_again(audit: Vsm) -> None:
    for text in audit.json(*REPORT)["texts"]:
        digest = hashlib.sha256(text["text"].encode()).hexdigest()
        assert (digest, digest[: len(text["version"])]) == (text["hash"], text["version"])


def test_a_report_says_whether_it_follows_from_the_journal(audit: Vsm, tmp_path: Path) -> None:
    before = audit.json(*REPORT)
    conn = sqlite3.connect(audit.db)
    conn.execute("UPDATE evidence SET by = 'ghost' WHERE kind IN ('commit', 'deployment')")
    conn.commit()
    conn.close()
    forged = audit.json(*REPORT)
    assert forged["population"]["from_journal"] is False
    assert forged["population"]["journal_hash"] == before["population"]["journal_hash"]
    assert forged["exceptions"] != before["exceptions"]
    assert "were not compared with the journal: vsm doctor" in audit.ok(*REPORT, "--format", "md")
    seq = str(before["population"]["seq"])
    again = audit.json("--at-seq", seq, *REPORT)
    assert again["population"]["from_journal"] is True
    assert verdicts(again) == verdicts(before)
    assert "made from the journal alone" in audit.ok("--at-seq", seq, *REPORT, "--format", "md")


def test_texts_in_excel_are_no_formulas(audit: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "soc2.xlsx"
    audit.ok("stream", "set", "Payments", "--name", '=HYPERLINK("http://x")')
    audit("comply", "report", "--framework", "soc2", *MARCH, "--xlsx", str(file))
    cell = openpyxl.load_workbook(file)["Population"]["B2"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x")')


def test_roles_are_those_of_the_window(vsm: Vsm) -> None:
    audited(vsm.db)
    made = Session(vsm.db, actor="pmo", clock=lambda: at)
    roles = Reader(vsm.db)

    def granted(login: str) -> int:
        return next(one.id for one in roles.entities(GRANT) if one.login == login)

    at = moment("03-15 09:00")
    made.do(c.AddEntity(GRANT, {"login": "vera", "role": "admin"}))
    made.do(c.AddEntity(GRANT, {"login": "ben", "role": "viewer", "until": "2025-03-20"}))
    at = moment("03-20 09:00")
    made.do(c.RemoveEntity(GRANT, granted("vera")))
    at = moment("04-02 09:00")
    made.do(c.AddEntity(GRANT, {"login": "late", "role": "coach"}))
    made.close()
    roles.close()
    report = vsm.json(*REPORT)
    rows = {row["login"]: row for row in report["roles"]}
    assert set(rows) == {"pmo", "vera", "ben"}
    vera = rows["vera"]
    assert (vera["role"], vera["granted_by"], vera["ended_by"]) == ("admin", "pmo", "pmo")
    assert (vera["since"], vera["ended"]) == ("2025-03-15T09:00:00Z", "2025-03-20T09:00:00Z")
    assert vera["seq"] < vera["ended_seq"]
    assert (rows["ben"]["until"], rows["ben"]["ended"]) == ("2025-03-20", None)
    assert report["roles_since"] == "2025-03-15T09:00:00Z"
    text = vsm.ok(*REPORT, "--format", "md")
    assert "Before 15 Mar 2025 09:00 UTC no roles were granted" in text
    april = ("--from", "2025-03-21", "--to", "2025-04-30", "--population", "active")
    later = vsm.json("comply", "report", "--framework", "soc2", *april)
    assert [row["login"] for row in later["roles"]] == ["pmo", "late"]


def test_the_last_review_of_roles_and_keys_is_named(vsm: Vsm) -> None:
    made = Audited(vsm.db)
    made.change(4)
    made.do(c.AddEntity(GRANT, {"login": "pmo", "role": "admin"}))
    made.close()
    window = ("comply", "report", "--framework", "soc2", "--from", "2025-03-01")
    assert "No review of roles and keys is on record" in vsm.ok(*window)
    assert "admin" in vsm.fails(1, "--as", "anna", "role", "review", "--note", "all of them")
    assert "what came of it" in vsm.fails(2, "--as", "pmo", "role", "review", "--note", " ")
    assert vsm.json(*window)["access_reviews"] == []
    vsm.ok("--as", "pmo", "role", "review", "--note", "nobody has left")
    (review,) = vsm.json(*window)["access_reviews"]
    assert (review["by"], review["text"]) == ("pmo", "reviewed 1 role, 0 keys: nobody has left")
    text = " ".join(vsm.ok(*window).split())
    assert "Access was reviewed 1 time in the window; last: pmo reviewed 1 role" in text
    assert vsm.json(*REPORT)["access_reviews"] == [], "it was after that window"


def test_without_roles_there_is_no_review(team: Vsm) -> None:
    said = team.fails(1, "role", "review", "--note", "all of them")
    assert "without roles everybody may do everything" in said


def test_what_was_decided_in_the_window_is_listed(audit: Vsm) -> None:
    changes = audit.json(*REPORT)["changes"]
    texts = [one["text"] for one in changes]
    assert texts[0].startswith(
        "set the mode controlling of chg-approved in Payments from 2025-03-10"
    )
    assert any(text.startswith("asked for a waiver of chg-approved") for text in texts)
    assert {one["by"] for one in changes} == {"pmo", "anna"}
    assert changes == sorted(changes, key=lambda one: one["seq"])
    assert "set the mode controlling of chg-approved in Payments" in audit.ok(*REPORT)
    april = ("--from", "2025-04-01", "--to", "2025-04-30", "--population", "active")
    assert audit.json("comply", "report", "--framework", "soc2", *april)["changes"] == []


def test_checks_by_hand_are_listed_and_count_nowhere(audit: Vsm) -> None:
    before = audit.json(*REPORT)
    assert before["checks"] == []
    audit.ok("gov", "mode", "supportive", "--reason", "learn")
    audit.ok("item", "add", "not finished", "--stage", "Build")
    audit.ok("gov", "check", "P-7", "--to", "Done", "--record")
    window = ("comply", "report", "--framework", "soc2", "--from", "2025-03-01")
    report = audit.json(*window)
    (check,) = report["checks"]
    assert "checked P-7 by hand for Done (" in check["text"] and check["seq"] > 0
    counts = [(c["control"], c["passed"], c["failed"]) for c in report["controls"]]
    assert counts == [(c["control"], c["passed"], c["failed"]) for c in before["controls"]]
    assert "## Checks by hand" in audit.ok(*window, "--format", "md")


def test_frameworks_are_listed_with_their_verdicts(audit: Vsm) -> None:
    listed = audit.json("comply", "list", *MARCH)
    by_name = {framework["framework"]: framework for framework in listed["frameworks"]}
    assert set(by_name) == {"800-53", "gdpr", "soc2"}
    articles = [one["requirement"] for one in by_name["gdpr"]["requirements"]]
    assert articles == ["Art. 5", "Art. 12", "Art. 17", "Art. 25", "Art. 30", "Art. 33", "Art. 35"]
    cc51 = next(r for r in by_name["soc2"]["requirements"] if r["requirement"] == "CC5.1")
    assert [c["control"] for c in cc51["controls"]] == ["chg-approved", "chg-separation"]
    assert "chg-separation" in audit.ok("comply", "list", *MARCH)


def test_controls_that_are_not_set_are_named(team: Vsm) -> None:
    assert "chg-approved (not set)" in team.ok("comply", "list")
    text = team.json("comply", "list")["frameworks"][2]["requirements"][0]
    assert text["not_set"] == ["chg-approved", "chg-separation"]
