"""``vsm comply sample|register``: samples drawn again, and the record of processing."""

from __future__ import annotations

import csv
import hashlib
import json
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from tests.cli.comply import MARCH, Audited, audited, moment
from vsm.model.control.audit import draw, population_hash, sample_size

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

SAMPLE = ("comply", "sample", *MARCH)


@pytest.fixture
def audit(vsm: Vsm) -> Vsm:
    audited(vsm.db)
    return vsm


def test_the_order_is_that_of_the_hash_of_seed_and_key() -> None:
    keys = [f"P-{n}" for n in range(1, 101)]
    hashes = {key: hashlib.sha256(f"S{key}".encode()).hexdigest() for key in keys}
    assert draw(reversed(keys), "S", 25) == sorted(keys, key=hashes.__getitem__)[:25]
    assert draw(keys, "S", 25) != draw(keys, "T", 25)
    assert population_hash(keys) == population_hash(reversed(keys))


@pytest.mark.parametrize(
    ("per_year", "size"),
    [(251, 25), (250, 20), (53, 20), (52, 5), (13, 5), (12, 2), (4, 2), (0, 0)],
)
def test_a_usual_size_follows_from_changes_a_year(per_year: int, size: int) -> None:
    assert sample_size(per_year) == size


def test_a_sample_is_drawn_again_by_its_seed(audit: Vsm) -> None:
    first = audit.json(*SAMPLE, "--n", "2", "--seed", "S")
    again = audit.json(*SAMPLE, "--n", "2", "--seed", "S")
    assert {**again, "as_of": first["as_of"]} == first
    keys = [item["item"] for item in first["items"]]
    assert keys == draw(["P-1", "P-2", "P-3", "P-4"], "S", 2)
    assert first["population"]["hash"] == population_hash(["P-1", "P-2", "P-3", "P-4"])


def test_a_page_has_timeline_evidence_and_verdicts(audit: Vsm) -> None:
    result = audit(*SAMPLE, "--n", "9", "--seed", "S", "--json")
    assert "all are in the sample" in result.stderr
    sample = json.loads(result.stdout)
    page = next(item for item in sample["items"] if item["item"] == "P-1")
    texts = [row["text"] for row in page["timeline"]]
    assert texts[0] == "added P-1 in Backlog" and "moved P-1 from Build to Done" in texts
    logged = {line["seq"]: line["text"] for line in audit.json("log", "--item", "P-1")}
    assert {row["seq"]: row["text"] for row in page["timeline"]} == logged
    kinds = [one["kind"] for one in page["evidence"]]
    assert kinds == ["commit", "approval", "pull_request", "build", "deployment"]
    assert page["evidence"][0]["recorded_at"] == "2025-03-04T11:00:00Z"
    verdicts = {row["control"]: row["verdict"] for row in page["verdicts"]}
    assert verdicts["chg-tested"] == "pass"
    text = audit.ok(*SAMPLE, "--seed", "S")
    assert "seed: S" in text and "added P-1 in Backlog" in text and "2 of 4 items" not in text


def test_a_seed_is_made_and_printed(audit: Vsm) -> None:
    first = audit.json(*SAMPLE)
    assert len(first["seed"]) == 16
    assert audit.json(*SAMPLE, "--seed", first["seed"])["items"] == first["items"]
    assert "--seed is empty" in audit.fails(2, *SAMPLE, "--seed", " ")


def test_without_deployments_changes_are_what_finished(team: Vsm) -> None:
    team.ok("item", "move", "PAY-3", "Done")
    assert team.json("comply", "sample", "--seed", "S")["population"]["counted"] == "finished"


def test_a_window_without_deployments_is_not_drawn_from_what_finished(audit: Vsm) -> None:
    window = ("--from", "2025-02-01", "--to", "2025-02-28")
    said = audit.fails(2, "comply", "sample", *window)
    assert "no deployments to production from 2025-02-01 to 2025-02-28" in said
    assert audit.json("comply", "list", *window)["counted"] == "deployed"


def test_a_sample_is_drawn_from_all_streams_and_its_help_says_so(audit: Vsm) -> None:
    text = audit.ok("comply", "sample", "--help")
    assert "Only this value stream [default: all]" in text


def test_what_was_recorded_after_the_deployment_is_marked(vsm: Vsm) -> None:
    made = Audited(vsm.db)
    key = made.change(4)
    made.at = moment("03-04 20:30")
    made.evidence(key, "approval", "late", "03-04 13:30", "ben")
    made.at = moment("03-09 13:00")
    made.evidence(key, "approval", "later", "03-04 13:00", "ben")
    made.close()
    (page,) = vsm.json(*SAMPLE, "--n", "1", "--seed", "S")["items"]
    marks = {one["ref"]: one["recorded_after_deployment"] for one in page["evidence"]}
    assert (marks["late"], marks["later"], marks["deploy/P-1"]) == (True, True, False)
    assert {one["recorded_by"] for one in page["evidence"]} == {"pmo"}
    text = vsm.ok(*SAMPLE, "--n", "1", "--seed", "S", "--format", "md")
    assert "7 h later by pmo, after the deployment" in text
    assert "5 d later by pmo, after the deployment" in text


# -- the record of processing ---------------------------------------------------------------

DATA_FACTS = {
    "data.personal": "yes",
    "data.purpose": "billing",
    "data.lawful_basis": "contract",
    "data.categories": "name,address",
    "data.subjects": "customers",
    "data.recipients": "payment provider",
    "data.transfer": "none",
    "data.retention_days": "3650",
    "data.measures": "=encrypted",
}


def test_the_register_has_what_was_stated(team: Vsm) -> None:
    details = [part for name, value in DATA_FACTS.items() for part in ("--set", f"{name}={value}")]
    team.ok("comply", "attest", "PAY-1", *details)
    team.ok("item", "edit", "PAY-2", "--label", "personal-data")
    result = team("comply", "register", "--controller", "ACME, privacy@acme.example")
    rows = list(csv.DictReader(StringIO(result.stdout)))
    assert [row["item"] for row in rows] == ["PAY-1", "PAY-2"]
    complete, labelled = rows
    assert (complete["categories"], complete["retention_days"]) == ("name, address", "3650")
    assert (complete["complete"], complete["measures"]) == ("yes", "'=encrypted")
    assert complete["controller"] == "ACME, privacy@acme.example"
    assert labelled["complete"] == "no" and "purpose" in labelled["missing"]
    assert "without the label personal-data no GDPR control looks at PAY-1" in result.stderr
    assert "fields of the record are missing: 1 of 2 items" in result.stderr
    assert "controller" not in result.stderr


def test_without_a_controller_no_row_is_complete(team: Vsm) -> None:
    details = [part for name, value in DATA_FACTS.items() for part in ("--set", f"{name}={value}")]
    team.ok("comply", "attest", "PAY-1", *details)
    result = team("comply", "register")
    (row,) = csv.DictReader(StringIO(result.stdout))
    assert (row["complete"], row["missing"]) == ("no", "controller")
    assert "the record names no controller" in result.stderr


@pytest.mark.parametrize(
    ("fact", "missing"),
    [("data.personal=no", "personal"), ("data.retention_days=0", "retention_days")],
)
def test_what_contradicts_the_record_is_not_complete(team: Vsm, fact: str, missing: str) -> None:
    details = [part for name, value in DATA_FACTS.items() for part in ("--set", f"{name}={value}")]
    team.ok("comply", "attest", "PAY-1", *details)
    team.ok("item", "edit", "PAY-1", "--label", "personal-data")
    team.ok("comply", "attest", "PAY-1", "--set", fact)
    result = team("comply", "register", "--controller", "ACME", "--dpo", "Dee")
    (row,) = csv.DictReader(StringIO(result.stdout))
    assert (row["complete"], row["missing"], row["dpo"]) == ("no", missing, "Dee")


def test_archived_items_stay_in_the_record(team: Vsm) -> None:
    team.ok("item", "edit", "PAY-1", "--label", "personal-data")
    team.ok("item", "archive", "PAY-1")
    (row,) = csv.DictReader(StringIO(team("comply", "register").stdout))
    assert (row["item"], row["archived"]) == ("PAY-1", "yes")
    assert team("comply", "register", "--no-archived").stdout.count("\n") == 1
