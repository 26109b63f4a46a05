"""``vsm comply export|check-log``: OSCAL and Gemara, read by others and the same again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from trestle.oscal.assessment_results import Model as ResultsModel
from trestle.oscal.component import Model as ComponentsModel
from trestle.oscal.poam import Model as PlanModel

from tests.cli.comply import MARCH, OWN_APPROVAL, audited
from vsm.connect.exports.oscal import control_id, token

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

EXAMPLES = ("pmo", "gemara_examples")
OSCAL = ("comply", "export", "oscal", *MARCH)
GEMARA = ("comply", "export", "gemara", *MARCH)


@pytest.fixture
def audit(vsm: Vsm) -> Vsm:
    audited(vsm.db)
    return vsm


def oscal(vsm: Vsm, model: str) -> dict[str, Any]:
    whole = json.loads(vsm.ok(*OSCAL, "--model", model))
    (value,) = whole.values()
    return dict(value)


@pytest.mark.parametrize(
    ("model", "schema"),
    [
        ("assessment-results", ResultsModel),
        ("component-definition", ComponentsModel),
        ("poam", PlanModel),
    ],
)
@pytest.mark.parametrize("framework", ["soc2", "800-53"])
def test_oscal_is_valid_and_the_same_again(
    audit: Vsm, model: str, schema: Any, framework: str
) -> None:
    text = audit.ok(*OSCAL, "--model", model, "--framework", framework)
    schema.model_validate_json(text)
    assert audit.ok(*OSCAL, "--model", model, "--framework", framework) == text


def test_findings_say_what_is_satisfied(audit: Vsm) -> None:
    (result,) = oscal(audit, "assessment-results")["results"]
    states = {f["title"]: f["target"]["status"] for f in result["findings"]}
    assert states["chg-approved on P-1"] == {"state": "satisfied", "reason": "pass"}
    assert states["chg-approved on P-2"] == {"state": "not-satisfied", "reason": "fail"}
    assert states["chg-approved on P-4"]["remarks"] == "waived by waiver 1"
    observations = {one["title"]: one["uuid"] for one in result["observations"]}
    assert "chg-approved on P-3" in observations
    assert "chg-approved on P-3" not in states  # nobody can tell: no finding
    chosen = result["reviewed-controls"]["control-selections"][0]["include-controls"]
    assert {"control-id": "soc2-cc8.1"} in chosen


def test_findings_and_logs_say_why(audit: Vsm) -> None:
    finding = next(
        f
        for f in oscal(audit, "assessment-results")["results"][0]["findings"]
        if f["title"] == "chg-approved on P-2"
    )
    assert finding["description"] == OWN_APPROVAL
    log = yaml.safe_load(audit.ok(*GEMARA))
    (approved,) = [e for e in log["evaluations"] if e["control"]["entry-id"] == "chg-approved"]
    messages = [one["message"] for one in approved["assessment-logs"]]
    assert any(message.startswith(OWN_APPROVAL) for message in messages)


def test_findings_name_the_requirements_that_they_are_about(audit: Vsm) -> None:
    (result,) = oscal(audit, "assessment-results")["results"]
    chosen = result["reviewed-controls"]["control-selections"][0]["include-controls"]
    reviewed = {one["control-id"] for one in chosen}
    for finding in [*result["findings"], *oscal(audit, "poam")["findings"]]:
        ids = [prop["value"] for prop in finding["props"] if prop["name"] == "control-id"]
        assert ids and set(ids) <= reviewed
    approved = next(f for f in result["findings"] if f["title"] == "chg-approved on P-1")
    ids = [prop["value"] for prop in approved["props"] if prop["name"] == "control-id"]
    assert ids == ["soc2-cc5.1", "soc2-cc8.1"]


def test_the_window_of_results_is_that_of_the_days_of_the_streams(audit: Vsm) -> None:
    audit.ok("stream", "set", "Payments", "--tz", "Europe/Berlin")
    (result,) = oscal(audit, "assessment-results")["results"]
    assert result["start"] == "2025-02-28T23:00:00Z"
    assert result["end"] == "2025-03-31T21:59:59.999999Z"


def test_what_is_open_stands_in_the_plan_of_action(audit: Vsm) -> None:
    plan = oscal(audit, "poam")
    titles = {item["title"]: item for item in plan["poam-items"]}
    assert "related-findings" in titles["P-2: chg-approved fails"]
    undecided = titles["P-3: chg-approved cannot be decided"]
    known = {one["uuid"] for one in plan["observations"]}
    assert undecided["related-observations"][0]["observation-uuid"] in known
    assert not any(title.startswith("P-1") for title in titles)


def test_an_id_is_of_database_control_item_and_entry(audit: Vsm, tmp_path: Path) -> None:
    def ids(vsm: Vsm) -> set[str]:
        (result,) = oscal(vsm, "assessment-results")["results"]
        return {one["uuid"] for one in result["observations"]}

    before = ids(audit)
    audit.ok("item", "add", "another entry of the journal")
    assert ids(audit) == before
    from tests.cli.conftest import Vsm as Program

    other = Program(tmp_path / "other.db")
    audited(other.db)
    assert not ids(other) & before


def test_control_characters_are_left_out_and_counted(audit: Vsm) -> None:
    from vsm.connect.exports.oscal import Oscal
    from vsm.model.journal_head import Anchor

    maker = Oscal("ab", Anchor(1, "00" * 32, 0))
    assert maker._clean("a\x1b[31mb\x00\u2028c") == "a [31mb c"
    assert maker.cleaned == 3


def test_requirements_have_the_ids_of_their_frameworks() -> None:
    assert control_id("800-53 CM-3(2)") == "cm-3.2"
    assert control_id("800-53 AC-5") == "ac-5"
    assert control_id("SOC2 CC8.1") == "soc2-cc8.1"
    assert control_id("GDPR Art. 33") == "gdpr-art-33"
    assert token("7 Regeln!") == "_7-regeln"


def test_without_anything_open_there_is_no_plan(audit: Vsm) -> None:
    window = ("--from", "2025-03-04", "--to", "2025-03-04")
    said = audit.fails(2, "comply", "export", "oscal", "--model", "poam", *window)
    assert "there is no plan of action" in said


# -- Gemara ---------------------------------------------------------------------------------


def test_own_logs_are_sound_and_the_same_again(audit: Vsm, tmp_path: Path) -> None:
    for log in ("evaluation", "enforcement"):
        text = audit.ok(*GEMARA, "--log", log)
        assert audit.ok(*GEMARA, "--log", log) == text
        file = tmp_path / f"{log}.yaml"
        file.write_text(text)
        kind = f"{log.capitalize()}Log"
        assert audit.ok("comply", "check-log", str(file)) == f"{file} is a sound {kind}\n"


def test_verdicts_have_the_words_of_gemara(audit: Vsm) -> None:
    log = yaml.safe_load(audit.ok(*GEMARA))
    assert log["result"] == "Failed"
    (approved,) = [e for e in log["evaluations"] if e["control"]["entry-id"] == "chg-approved"]
    results = {a["description"]: a["result"] for a in approved["assessment-logs"]}
    assert results == {
        "chg-approved on P-1": "Passed",
        "chg-approved on P-2": "Failed",
        "chg-approved on P-3": "Needs Review",
        "chg-approved on P-4": "Passed",
    }
    waived = next(a for a in approved["assessment-logs"] if a["description"].endswith("P-4"))
    assert waived["message"].startswith("exception by waiver 1")
    (emergency,) = [e for e in log["evaluations"] if e["control"]["entry-id"] == "chg-emergency"]
    assert emergency["result"] == "Not Applicable"


def test_what_a_waiver_lets_pass_is_tolerated(audit: Vsm) -> None:
    log = yaml.safe_load(audit.ok(*GEMARA, "--log", "enforcement"))
    waived, later = log["actions"]
    assert (waived["disposition"], later["disposition"]) == ("Tolerated", "Undetermined")
    assert waived["justification"]["exceptions"][0]["remarks"] == "waiver 1"
    assert log["disposition"] == "Undetermined"


@pytest.mark.parametrize("name", ["bad-enforcement-clear-failed.yaml", "bad-audit-log.yaml"])
def test_bad_examples_of_gemara_are_refused(vsm: Vsm, shared_data: Path, name: str) -> None:
    said = vsm.fails(2, "comply", "check-log", str(shared_data.joinpath(*EXAMPLES, name)))
    assert name in said


@pytest.mark.parametrize(
    "name", ["good-enforcement-log.yaml", "good-audit-log.yaml", "pvtr-baseline-scan.yaml"]
)
def test_good_examples_of_gemara_are_sound(vsm: Vsm, shared_data: Path, name: str) -> None:
    assert "is a sound" in vsm.ok("comply", "check-log", str(shared_data.joinpath(*EXAMPLES, name)))


BAD = "metadata: {id: a, type: EnforcementLog, gemara-version: '1', description: b, author: c}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this is no log"),
        ("- 1", "this is no log"),
        ("a: [", "line 1: this is no YAML"),
        ("a: " + "[" * 5000, "this is no YAML"),
        ("!!python/object/apply:os.system ['true']", "this is no YAML"),
        ("metadata: {type: [x]}", "metadata.type is ['x']"),
        (BAD, "target has no id"),
        (BAD + "target: {id: a, name: b}\ndisposition: Fine", "disposition is 'Fine'"),
        (BAD + "target: {id: a, name: b}\ndisposition: Clear", "actions is missing or empty"),
        (
            BAD + "target: {id: a, name: b}\ndisposition: Clear\nactions: [7]",
            "actions[0] is no object",
        ),
    ],
)
def test_a_hostile_log_is_refused(vsm: Vsm, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "log.yaml"
    file.write_text(text)
    assert said in vsm.fails(2, "comply", "check-log", str(file))
