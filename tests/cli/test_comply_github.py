"""Evidence from what GitHub has about pull requests, as a pipeline would send it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vsm.controls import shipped
from vsm.model.control.engine import Evaluator
from vsm.model.control.facts import facts_of
from vsm.reader import Reader

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm


def records(folder: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(folder / f"{name}.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def send(vsm: Vsm, *evidence: dict[str, Any]) -> None:
    text = json.dumps(evidence)
    vsm.ok("comply", "record", "--from", "-", "--item", "PAY-1", input=text)


def facts(vsm: Vsm) -> dict[str, Any]:
    reader = Reader(vsm.db)
    stream = reader.stream_named(None)
    item = reader.find_key("PAY-1")
    assert item is not None
    made = facts_of(reader.change_records(stream).record(item.id, 2_000_000_000_000_000))
    reader.close()
    return made


def verdict(vsm: Vsm) -> str:
    return str(Evaluator(facts(vsm)).evaluate(shipped()["chg-approved"]["rule"]).verdict)


def of_review(review: dict[str, Any], pr: str) -> dict[str, Any]:
    return {
        "kind": "review",
        "ref": str(review["id"]),
        "status": review["state"],
        "by": review["user"]["login"],
        "at": review["submitted_at"],
        "set": {"pr": pr},
    }


def test_a_comment_on_a_real_pull_request_is_no_approval(team: Vsm, shared_data: Path) -> None:
    folder = shared_data / "pmo" / "devlake_github"
    request = next(p for p in records(folder, "pull_requests") if p["number"] == 41)
    head = request["head"]["sha"]
    reviews = [r for r in records(folder, "pull_request_reviews") if r["commit_id"] == head]
    commit = next(c for c in records(folder, "pull_request_commits") if c["sha"] == head)
    sent = [of_review(review, "41") for review in {r["id"]: r for r in reviews}.values()]
    at = commit["commit"]["committer"]["date"]
    author = commit["author"]["login"]
    sent.append({"kind": "commit", "ref": head, "by": author, "at": at, "set": {"pr": "41"}})
    merged = {"merged_at": request["merged_at"], "sha": request["merge_commit_sha"]}
    own = {"by": request["user"]["login"], "at": request["merged_at"], "set": merged}
    send(team, *sent, {"kind": "pull_request", "ref": "41", **own})
    (known,) = facts(team)["change"]["pull_requests"]
    assert (known["author"], known["sha"]) == ("u032", request["merge_commit_sha"])
    assert [review["state"] for review in known["reviews"]] == ["commented"]
    assert facts(team)["change"]["approvals"] == []
    assert verdict(team) == "fail"


@pytest.mark.parametrize(("last", "expected"), [("submitted", "pass"), ("dismissed", "fail")])
def test_a_review_that_is_dismissed_approves_no_more(
    team: Vsm, shared_data: Path, last: str, expected: str
) -> None:
    name = f"pull_request_review__{last}.payload.json"
    payload = json.loads((shared_data / "pmo" / "octokit_webhooks" / name).read_text())
    request, review = payload["pull_request"], payload["review"]
    pr = str(request["number"])
    commit = {"kind": "commit", "ref": request["head"]["sha"], "by": "hubot", "set": {"pr": pr}}
    approved = {**of_review(review, pr), "ref": "an earlier one", "status": "approved"}
    send(team, {**commit, "at": "2019-05-15T10:00:00Z"}, {**approved, "at": "2019-05-15T12:00:00Z"})
    assert verdict(team) == "pass"
    send(team, of_review(review, pr))
    assert verdict(team) == expected
