"""``vsm teams`` and ``vsm capacity``: as reports, and as JSON that the published schema allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.test_exports import demo, organisation, valid

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
    assert "owns no active stage: give it one with vsm stage set" in text
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
