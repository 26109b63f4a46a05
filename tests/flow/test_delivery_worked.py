"""Delivery on tables that another tool worked out, and on tags of real projects.

The tables are those of the tests of Apache DevLake (Apache-2.0), in minutes rounded up. Where our
figures differ, each difference is asserted with its reason.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil
from pathlib import Path

import pytest

from vsm.features.delivery.known import Known, known_at
from vsm.features.delivery.measuring import measure
from vsm.flow.window import window
from vsm.model.delivery import (
    CauseLink,
    Change,
    Deployment,
    DeploymentResult,
    Incident,
    Service,
)
from vsm.model.rules import local, nearest_rank, to_micros

MINUTE = 60_000_000
LATE = to_micros(datetime(2027, 1, 1, tzinfo=UTC))
UNLIMITED = 24.0 * 365


@pytest.fixture
def tables(shared_data: Path) -> Path:
    """The folder of the worked tables."""
    folder = shared_data / "pmo" / "devlake_dora_worked"
    if not folder.is_dir():
        pytest.skip(f"no worked tables at {folder}")
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def moment(text: str) -> int:
    """A moment of the tables: with a zone, or in UTC with days and hours of one digit."""
    if "T" in text:
        return to_micros(datetime.fromisoformat(text))
    return to_micros(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC))


def pipelines(path: Path, scopes: set[str], repositories: set[str]) -> dict[str, Deployment]:
    """By pipeline one deployment of the parts that are of these repositories.

    It ended with its last part, and is ``partly`` there where some parts failed.
    """
    parts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(path):
        if row["cicd_scope_id"] in scopes and row["repo_url"] in repositories:
            parts[row["cicd_deployment_id"]].append(row)
    out = {}
    for number, (name, own) in enumerate(sorted(parts.items()), 1):
        results = {row["result"] for row in own}
        result = {
            frozenset(("SUCCESS",)): DeploymentResult.SUCCESS,
            frozenset(("FAILURE",)): DeploymentResult.FAILURE,
        }.get(frozenset(results), DeploymentResult.PARTLY)
        out[name] = Deployment(
            number,
            1,
            own[0]["environment"],
            max(moment(row["finished_date"]) for row in own),
            result,
            min(moment(row["started_date"]) for row in own),
            commits=tuple(row["commit_sha"] for row in own),
            source_id=name,
        )
    return out


# -- incidents -------------------------------------------------------------------------------


def incidents(tables: Path, hours: float) -> tuple[Known, dict[str, str]]:
    """What is known of their project, and by incident the pipeline that they link."""
    folder = tables / "connect_incident_to_deployment"
    after = folder / "prev_success_deployment_commit" / "cicd_deployment_commits_after.csv"
    mapping = rows(folder / "raw_tables" / "project_mapping.csv")
    own = {(row["table"], row["row_id"]) for row in mapping if row["project_name"] == "project1"}
    scopes = {name for table, name in own if table == "cicd_scopes"}
    made = pipelines(after, scopes, {"REPO111", "REPO222"})
    there = [
        Incident(number, row["id"], 1, moment(row["created_date"]))
        for number, row in enumerate(rows(folder / "raw_tables" / "incidents.csv"), 1)
        if (row["table"], row["scope_id"]) in own
    ]
    expected = rows(folder / "snapshot_tables" / "project_incident_deployment_relationships.csv")
    service = Service(1, "project1", cause_hours=hours)
    known = known_at(service, made.values(), there, (), LATE)
    return known, {row["id"]: row["deployment_id"] for row in expected}


def test_incidents_are_put_down_to_the_pipelines_of_the_table(tables: Path) -> None:
    known, expected = incidents(tables, UNLIMITED)
    ours = {
        one.name: cause.live.deployment.source_id
        for one in known.incidents
        if (cause := known.causes[one.id]).live is not None
    }
    assert ours == expected and len(ours) == 6
    assert sorted(ours.values()) == ["pipeline2", *["pipeline7"] * 5]
    names = {one.name.rpartition(":")[2] for one in known.incidents}
    assert "1373792477" not in names, "that of repo3 is outside the project"
    assert {cause.link for cause in known.causes.values()} == {CauseLink.INFERRED}


def test_a_pipeline_with_failed_and_successful_parts_is_one_that_got_there_partly(
    tables: Path,
) -> None:
    known, _ = incidents(tables, UNLIMITED)
    seven = next(one for one in known.runs.live if one.deployment.source_id == "pipeline7")
    assert seven.deployment.result is DeploymentResult.PARTLY
    failure = known.failures[seven.id]
    assert (len(failure.incidents), failure.is_inferred) == (5, True)
    span = window(datetime(2022, 9, 1).date(), datetime(2022, 9, 30).date(), "UTC", LATE)
    figures, _ = measure(known, span)
    assert figures.frequency.partly == 1
    assert (figures.change_fail.count, figures.change_fail.inferred) == (2, 2)


def test_difference_with_72_hours_incidents_of_weeks_later_have_no_cause(tables: Path) -> None:
    """The other tool has no limit: pipeline7 ended 39 days and more before its incidents."""
    known, _ = incidents(tables, Service(1, "").cause_hours)
    ours = {
        one.name.rpartition(":")[2]: cause.live.deployment.source_id
        for one in known.incidents
        if (cause := known.causes[one.id]).live is not None
    }
    assert ours == {"1373792478": "pipeline2"}
    assert sum(c.why_not == "none in 72 h before" for c in known.causes.values()) == 5


# -- lead times ------------------------------------------------------------------------------


def lead_times(tables: Path, repository: str) -> Known:
    """The changes of their project as a service of one repository, and its deployments."""
    folder = tables / "change_lead_time"
    made = pipelines(folder / "cicd_deployment_commits.csv", {"cicd1", "cicd2"}, {repository})
    holder = {
        row["commit_sha"]: row["new_commit_sha"]
        for row in rows(folder / "commits_diffs.csv")
        if row["old_commit_sha"]
    }
    by_commit = {commit: one.id for one in made.values() for commit in one.commits}
    first: dict[str, list[int]] = defaultdict(list)
    for row in rows(folder / "pull_request_commits.csv"):
        first[row["pull_request_id"]].append(moment(row["commit_authored_date"]))
    authors = {row["id"]: row["author_id"] for row in rows(folder / "pull_requests.csv")}
    reviews: dict[str, list[int]] = defaultdict(list)
    for row in rows(folder / "pull_request_comments.csv"):
        if row["account_id"] != authors[row["pull_request_id"]]:
            reviews[row["pull_request_id"]].append(moment(row["created_date"]))
    changes = [
        Change(
            number,
            1,
            row["id"],
            min(first[row["id"]], default=None),
            moment(row["created_date"]),
            min(reviews[row["id"]], default=None),
            moment(row["merged_date"]) if row["merged_date"] else None,
            by_commit.get(holder.get(row["merge_commit_sha"], "")),
        )
        for number, row in enumerate(rows(folder / "pull_requests.csv"), 1)
    ]
    return known_at(Service(1, repository), made.values(), (), changes, LATE)


def minutes(micros: int | None) -> int | None:
    return None if micros is None else ceil(micros / MINUTE)


def test_the_parts_of_a_change_are_those_of_the_table(tables: Path) -> None:
    theirs = {r["id"]: r for r in rows(tables / "change_lead_time" / "project_pr_metrics.csv")}
    one = {of.change.ref: of for of in lead_times(tables, "REPO111").lead_times}["pr1"]
    ours = [minutes(m) for m in (one.code, one.pick_up, one.review, one.deploy, one.total)]
    assert ours == [1440, 5, 55, 2978, 4478]
    columns = ("coding", "pickup", "review", "deploy", "cycle")
    assert ours == [int(theirs["pr1"][f"pr_{name}_time"]) for name in columns]
    assert ours[1] == 5, "not 2: the first comment is the author's own"


@pytest.mark.parametrize(
    ("ref", "repository", "column", "theirs", "why"),
    [
        ("pr2", "REPO111", "pr_deploy_time", 1538, "proposed before first commit"),
        ("pr3", "REPO222", "pr_review_time", 5760,
         "reviewed before proposed, deployed before merged"),
        ("pr5", "REPO111", "pr_review_time", 313068, "reviewed before proposed"),
    ],
)  # fmt: skip
def test_difference_what_cannot_be_is_no_time(
    tables: Path, ref: str, repository: str, column: str, theirs: int, why: str
) -> None:
    """The other tool gives minutes to changes whose moments are in an impossible order."""
    table = {r["id"]: r for r in rows(tables / "change_lead_time" / "project_pr_metrics.csv")}
    assert int(table[ref][column]) == theirs
    one = {of.change.ref: of for of in lead_times(tables, repository).lead_times}[ref]
    assert why in one.impossible
    assert (one.total, one.code, one.pick_up, one.review, one.deploy) == (None,) * 5


def test_difference_a_change_that_is_not_live_has_no_lead_time(tables: Path) -> None:
    """The other tool gives pr0 and pr4 the time up to their merge as if that were all."""
    table = {r["id"]: r for r in rows(tables / "change_lead_time" / "project_pr_metrics.csv")}
    known = {of.change.ref: of for of in lead_times(tables, "REPO111").lead_times}
    for ref, until_merge in (("pr0", 44640), ("pr4", 11764)):
        one = known[ref]
        assert int(table[ref]["pr_cycle_time"]) == until_merge and not table[ref]["pr_deploy_time"]
        assert (one.total, one.impossible) == (None, "")
        first, merged = one.change.first_commit_at, one.change.merged_at
        assert first is not None and merged is not None
        assert minutes(merged - first) == until_merge
    assert known["pr4"].is_unreviewed, "its reviews are a day after its merge: 1500 min there"


def test_only_what_is_possible_is_in_the_median(tables: Path) -> None:
    known = lead_times(tables, "REPO111")
    span = window(datetime(2023, 4, 1).date(), datetime(2023, 4, 30).date(), "UTC", LATE)
    lead = measure(known, span)[0].lead_time
    assert (lead.n, ceil((lead.p50 or 0) * 60)) == (1, 4478)
    assert {one.what for one in lead.impossible} == {"pr2", "pr5", "pr3"}


# -- tags of releases ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("Textualize__textual", 223),
        ("LetPeopleWork__Lighthouse", 110),
        ("pm4py__pm4py-core", 162),
        ("mikebowler__jirametrics", 49),
    ],
)
def test_tags_give_frequency_and_gaps_only(shared_data: Path, name: str, count: int) -> None:
    folder = shared_data / "release_tags"
    if not folder.is_dir():
        pytest.skip(f"no tags at {folder}")
    tags = rows(folder / f"{name}.csv")
    assert len(tags) == count
    ended = sorted(moment(tag["timestamp"]) for tag in tags)
    made = [
        Deployment(number, 1, "production", moment(tag["timestamp"]), ref=tag["tag"])
        for number, tag in enumerate(tags, 1)
    ]
    known = known_at(Service(1, name), made, (), (), LATE)
    first, last = (local(at, "UTC").date() for at in (ended[0], ended[-1]))
    figures, weeks = measure(known, window(first, last, "UTC", LATE))
    frequency = figures.frequency
    assert (frequency.n, frequency.joined) == (count, 0)
    assert frequency.per_day == count / ((last - first).days + 1)
    between = sorted(later - earlier for earlier, later in pairwise(ended))
    assert (frequency.gaps, frequency.gap) == (count - 1, nearest_rank(between, 50) / 3_600e6)
    assert sum(week.deployments for week in weeks) <= count
    assert (figures.lead_time.n, figures.change_fail.count, figures.recovery.n) == (0, 0, 0)
    assert (figures.change_fail.rate, figures.rework.rate) == (None, None)
    assert figures.change_fail.unknown == "no incident is on record", "not: none of 223 failed"
