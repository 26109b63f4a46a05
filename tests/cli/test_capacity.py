"""``vsm teams`` and ``vsm capacity``: as reports, and as JSON that the published schema allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_exports import demo, organisation, valid
from vsm.features.capacity import reading
from vsm.model.command import AddEntity
from vsm.model.entities import PLAN
from vsm.session import Session

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]


def test_without_teams_it_says_what_to_do(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    assert "vsm team add NAME" in vsm.ok("teams")
    assert valid(vsm.json("capacity"), "capacity")["teams"] == []
    vsm.ok("team", "add", "core")
    assert "core" in vsm.ok("teams")
    text = vsm.ok("teams", "core")
    assert "give it one with e on the map (screen 2), or vsm stage set" in text
    assert "there is no team 'nobody'" in vsm.fails(2, "teams", "nobody")


def test_the_demos_review_is_saturated(demo: Vsm) -> None:
    report = valid(demo.json("capacity", "--as-of", "2026-03-31"), "capacity")
    assert report["schema"] == "vsm.capacity/1" and report["weeks_ahead"] == 26
    teams = {team["name"]: team for team in report["teams"]}
    assert len(teams) == 8
    risk = teams["Risk"]
    # Two people sign at a time; a review takes 1.76 working days (vsm/demo/plan.py).
    assert abs(risk["slots_per_person"] * risk["c"] - 2.0) < 0.05 and abs(risk["tau"] - 1.76) < 0.3
    assert risk["rho"] >= 0.85 and risk["saturation"]["weeks_ahead"] == 0
    # Others have room, but not the skills that its signed hire brings (vsm/demo/team_plans.py).
    assert [option["kind"] for option in risk["options"]] == ["hire"]
    assert "could give people, but without these skills: controls and pci" in risk["notes"][0]
    past = [week for week in risk["weeks"] if not week["planned"]]
    assert len(past) == 26 and len(risk["weeks"]) == 52
    for week in risk["weeks"]:
        if week["rho"] is not None:
            expected = week["lambda"] * week["tau"] / (week["c"] * risk["slots_per_person"])
            assert abs(week["rho"] - expected) < 0.02
    assert teams["Onboarding"]["basis"] == "unknown" and teams["Onboarding"]["options"] == []


def test_no_field_names_a_person(demo: Vsm) -> None:
    logins = [member["login"] for member in demo.json("member", "list")]
    assert len(logins) == 40
    for verb in (("capacity",), ("teams",), ("teams", "risk")):
        for text in (demo.ok(*verb), demo.ok(*verb, "--json")):
            assert not [login for login in logins if login in text]


def test_one_team_is_shown_with_its_weeks(demo: Vsm) -> None:
    text = demo.ok("teams", "risk", "--as-of", "2026-03-31")
    assert "Team Risk" in text and "Load against people by week" in text
    assert "Pivot or hire" in text and "Review (Card issuing)" in text
    (team,) = demo.json("teams", "risk")["teams"]
    assert team["name"] == "Risk"
    html = demo.ok("teams", "risk", "--format", "html")
    assert "<svg" in html and "load in people" in html


def test_fewer_weeks_and_bad_input(demo: Vsm) -> None:
    report = demo.json("capacity", "--weeks", "8")
    assert all(sum(w["planned"] for w in team["weeks"]) == 8 for team in report["teams"])
    assert "--weeks" in demo.fails(2, "capacity", "--weeks", "0")


def test_allocations_are_named_when_asked_for_to_those_who_may_see_them(demo: Vsm) -> None:
    def named(*verb: str) -> set[str]:
        report = valid(demo.json(*verb), "capacity")
        rows = [row for team in report["teams"] for row in team["allocations"] or ()]
        return {row["login"] for row in rows}

    demo.ok("role", "grant", "anna.kern", "admin")
    demo.ok("--as", "anna.kern", "role", "grant", "hugo.lenz", "member")
    assert named("--as", "anna.kern", "capacity") == set()
    assert {"hugo.lenz", "lena.okoro"} < named("--as", "anna.kern", "capacity", "--people")
    assert named("--as", "hugo.lenz", "capacity", "--people") == {"hugo.lenz"}
    text = demo.ok("--as", "hugo.lenz", "teams", "risk", "--people")
    assert "hugo.lenz" in text and "lena.okoro" not in text


def test_roles_of_now_decide_what_is_named_from_before_the_first_grant(demo: Vsm) -> None:
    head = str(demo.json("log", "--limit", "1")[0]["seq"])
    demo.ok("role", "grant", "anna.kern", "admin")
    demo.ok("--as", "anna.kern", "role", "grant", "hugo.lenz", "member")
    for verb in ("capacity", "teams"):
        for login, names in (("hugo.lenz", {"hugo.lenz"}), ("nobody", set())):
            report = demo.json("--at-seq", head, "--as", login, verb, "--people")
            rows = [row for team in report["teams"] for row in team["allocations"]]
            assert {row["login"] for row in rows} == names, "nobody had a role then"
        report = demo.json("--at-seq", head, "--as", "anna.kern", verb, "--people")
        rows = [row for team in report["teams"] for row in team["allocations"]]
        assert {"hugo.lenz", "lena.okoro"} < {row["login"] for row in rows}


def test_changes_are_tried_without_saving_and_kept_as_plans(demo: Vsm) -> None:
    before = demo.json("capacity")
    head = demo.ok("log").splitlines()[:3]
    tried = valid(
        demo.json("capacity", "--change", "Risk=+1", "--change", "Quality=-1"), "capacity"
    )
    (outcome,) = tried["plans"]
    assert outcome["plan"] == tried["plan"] == "--change Risk=+1 --change Quality=-1"
    assert [team["name"] for team in outcome["teams"]] == ["Quality", "Risk"]
    risk = {t["name"]: t for t in tried["teams"]}["Risk"]
    was = {t["name"]: t for t in before["teams"]}["Risk"]
    assert abs(risk["c"] - was["c"] - 1) < 0.011
    assert risk["slots_per_person"] == was["slots_per_person"] and risk["rho"] < was["rho"]
    assert outcome["item_days_after"] < outcome["item_days_before"]
    assert demo.ok("log").splitlines()[:3] == head
    assert demo.json("capacity")["teams"] == before["teams"]
    # 120% of the arrivals are 120% of the use.
    more = demo.json("capacity", "--arrivals", "risk=120%")
    (team,) = [t for t in more["teams"] if t["name"] == "Risk"]
    assert abs(team["rho"] - 1.2 * was["rho"]) < 0.01
    # Kept, and compared.
    saving = demo("capacity", "--hire", "Risk=1", "--save", "Hire")
    assert saving.exit_code == 0 and "saved the plan Hire" in saving.stderr
    demo("capacity", "--change", "Risk=+1", "--save", "Lend")
    both = demo.json("capacity", "--plan", "Hire", "--plan", "Lend")
    assert [plan["plan"] for plan in both["plans"]] == ["Hire", "Lend"] and both["plan"] is None
    assert "vsm capacity --change Risk=+1" in demo.ok("plan", "show", "Lend")
    assert "is a plan of teams" in demo.fails(2, "forecast", "whatif", "--plan", "Lend")


def test_a_saved_plan_means_the_same_days_later_and_goes_on(demo: Vsm) -> None:
    def saved(name: str) -> str:
        return str(demo.json("plan", "show", name)["options"])

    change = ("--change", "Risk=+1@+2w..+4w", "--hire", "Risk=1@+8w", "--change", "Cards=-1")
    demo("capacity", *change, "--save", "Help")
    today = datetime.now(UTC).date()
    first, last, hired = (today + timedelta(weeks=n) for n in (2, 4, 8))
    assert saved("Help") == (
        f"--change Risk=+1@{first}..{last} --change Cards=-1 --hire Risk=1@{hired}"
    )
    # What began counts from today on, what is over no more; on top of it comes what is new.
    options = "--change Risk=+1@2025-01-06 --change Quality=+1@2025-01-06..2025-02-02"
    session = Session(demo.db, actor="anna")
    session.do(AddEntity(PLAN, {"name": "Old", "only": None, "options": options}))
    session.close()
    (outcome,) = demo.json("capacity", "--plan", "Old")["plans"]
    assert [team["name"] for team in outcome["teams"]] == ["Risk"]
    demo("capacity", "--plan", "Old", "--change", "Cards=+1@+1w", "--save", "Old")
    assert saved("Old") == f"{options} --change Cards=+1@{today + timedelta(weeks=1)}"


def test_a_plan_that_takes_everybody_away_is_no_gain(demo: Vsm) -> None:
    (outcome,) = demo.json("capacity", "--change", "Quality=-20")["plans"]
    (team,) = outcome["teams"]
    assert (team["people_after"], team["busiest_after"]) == (0.0, None)
    assert team["saturated_after"] is not None and team["wait_after"] > team["wait_before"]
    assert outcome["item_days_after"] > outcome["item_days_before"] + 1_000
    text = demo.ok("capacity", "--change", "Quality=-20")
    assert "→ 0 " in text and "→ nobody" in text


def test_no_donor_is_offered_twice_and_used_now_is_that_of_the_table(demo: Vsm) -> None:
    more = [f"--arrivals={name}=140%" for name in ("Mobile", "Cards", "Operations")]
    teams = demo.json("capacity", *more)["teams"]
    by_name = {team["name"]: team for team in teams}
    lent: dict[str, float] = {}
    offers = 0
    for team in sorted(teams, key=lambda team: -(team["rho"] or 0)):
        for n, option in enumerate(team["options"]):
            if option["kind"] == "hire":
                continue
            offers += 1
            donor, before = by_name[option["from"]], lent.get(option["from"], 0.0)
            left = donor["c"] - before
            assert option["lent"] == before
            assert abs(option["donor_before"] - donor["rho"] * donor["c"] / left) < 0.005
            after = donor["rho"] * donor["c"] / (left - option["delta"])
            assert abs(option["donor_after"] - after) < 0.005 and after <= 0.805
            if n == 0:
                lent[option["from"]] = before + option["delta"]
    assert offers >= 2


def test_wrong_changes_say_what_can_be_written(demo: Vsm) -> None:
    for text, words in (
        ("Risk=abc", "are no people; write +1, -0.5"),
        ("Risk=+0", "are no people"),
        ("nobody=+1", "there is no team 'nobody'"),
        ("+1", "names no team; write TEAM=+1"),
        ("Risk=+1@1999-01-01", "is over; people can be tried from today on"),
        ("Risk=+1@2999-02-01..2999-01-01", "ends before it begins"),
        ("Risk=+1@2026-12-01..9999-12-31", "is out of range; give a day between 1900 and 2999"),
    ):
        assert words in demo.fails(2, "capacity", "--change", text)
    assert "are no arrivals" in demo.fails(2, "capacity", "--arrivals", "Risk=5")
    assert "nothing to save" in demo.fails(2, "capacity", "--save", "x")


def test_an_old_prediction_is_not_forgotten(demo: Vsm, monkeypatch: pytest.MonkeyPatch) -> None:
    before = demo.json("capacity")["predictions"]
    assert before["scored"] >= 2
    monkeypatch.setattr(reading, "PAST_WEEKS", 1)
    assert demo.json("capacity")["predictions"] == before


def test_a_prediction_is_kept_and_one_of_a_saturated_team_is_not(demo: Vsm) -> None:
    before = demo.json("capacity")["predictions"]
    assert "is saturated already" in demo.fails(2, "teams", "risk", "--keep")
    assert "name it: vsm teams TEAM --keep" in demo.fails(2, "teams", "--keep")
    assert demo.json("capacity")["predictions"] == before
