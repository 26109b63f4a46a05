"""``vsm map draft``: from the first edit to what came of it, as text and as JSON, and bad input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_exports import MARCH, demo, organisation, valid

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]
NEW = ("map", "draft", "new", "--stream", "Card issuing")
DAY = ("--as-of", MARCH)


def draft(vsm: Vsm, *args: str) -> str:
    """A verb on drafts that must succeed."""
    return vsm.ok("map", "draft", *args)


def compared(vsm: Vsm, name: str, *options: str) -> Any:
    """A draft compared at the end of the demo, by the published schema."""
    return valid(vsm.json("map", "draft", "compare", name, *DAY, *options), "map-draft")


def test_a_draft_goes_from_an_idea_to_the_map_and_back(demo: Vsm) -> None:
    before = demo.json("stage", "list", "--stream", "Card issuing")
    assert demo.ok(*NEW, "Less review") == "began the future state Less review\n"
    draft(demo, "edit", "less review", "set Review slots 3", "retire To review into Review")
    demo.ok("map", "draft", "edit", "Less review", "--remove", "1")
    shown = draft(demo, "show", "Less review")
    assert "1  retire To review into Review" in shown and "slots" not in shown
    assert demo.json("stage", "list", "--stream", "Card issuing") == before
    dry = draft(demo, "make", "Less review", "--dry-run")
    assert dry.startswith("To review → Review: ") and dry.endswith("nothing was changed\n")
    made = demo.json("map", "draft", "make", "Less review", "--reason", "workshop of 31 March")
    assert made["rehomed"][0]["from"] == "To review" and made["prediction"].startswith("LT ")
    stages = demo.json("stage", "list", "--stream", "Card issuing")
    assert [stage["name"] for stage in stages if stage["retired"]] == ["To review"]
    assert "made real on" in draft(demo, "list")
    assert "to be judged on" in draft(demo, "show", "Less review")
    line = demo.fails(1, "map", "draft", "drop", "Less review")
    assert "was made real, and its prediction is to be judged" in line
    demo.ok("undo")
    assert demo.json("stage", "list", "--stream", "Card issuing") == before


def test_a_comparison_is_a_difference_with_its_inputs(demo: Vsm) -> None:
    demo.ok(*NEW, "More review", "set Review slots 4")
    result = compared(demo, "More review")
    lead = result["lead_days"]
    assert lead["after"] < lead["before"] == pytest.approx(result["measured_mean_lead_days"])
    assert lead["change"] == pytest.approx(lead["after"] / lead["before"] - 1, abs=0.001)
    review = next(stage for stage in result["stages"] if stage["name"] == "Review")
    assert review["change"] == "changed" and review["slots"]["after"] == 4
    assert review["utilisation"]["after"] < review["utilisation"]["before"]
    assert review["source"] == "measured, slots fitted"
    assert result == compared(demo, "More review")
    text = draft(demo, "compare", "More review", *DAY)
    assert result["text"] in text and "LT = Σ visits × (service + wait)" in text
    assert "<h2>Stages</h2>" in draft(demo, "compare", "More review", *DAY, "--format", "html")


def test_simulation_and_formula_stand_side_by_side(demo: Vsm) -> None:
    demo.ok(*NEW, "Calm", "set Review slots 6", "set Build slots 6")
    result = compared(demo, "Calm")
    if result["played"] is None:
        assert result["cannot"] == "a queue only grows, so there is no lead time to play"
    else:
        assert result["played"]["runs"] >= 20
        assert result["played"]["holds"] or result["played"]["reason"]
    assert compared(demo, "Calm", "--no-simulation")["played"] is None


def test_the_map_says_what_came_of_what_was_made_real(demo: Vsm) -> None:
    (made,) = demo.json("map", "--stream", "Card issuing", *DAY)["made_drafts"]
    assert made["judged"] and made["items"] > 20
    assert made["predicted_days"] < made["before_days"] == made["measured_days"]
    assert f"actual {made['measured_days']:.1f} → {made['actual_days']:.1f} d" in made["text"]
    text = " ".join(demo.ok("map", "--stream", "Card issuing", *DAY).split())
    assert "Future states made real" in text and made["text"].partition(": ")[2] in text
    before = demo.json("map", "--stream", "Card issuing", "--as-of", "2026-01-31")["made_drafts"]
    assert not before[0]["judged"] and "to be judged on" in before[0]["text"]


def test_a_map_that_changed_since_asks_whose_version_stands(demo: Vsm) -> None:
    demo.ok(*NEW, "Tighter", "set Build limit 2", "set Test limit 2")
    demo.ok("stage", "set", "Build", "--limit", "6", "--stream", "Card issuing")
    line = demo.fails(1, "map", "draft", "make", "Tighter")
    assert (
        "Build: WIP limit 4 soft, expedite 1 (base) · 6 soft, expedite 1 (now) · 2 soft, exp"
        in line
    )
    assert "--ours (the draft), --theirs (the map), or --keep STAGE=ours" in line
    conflict = demo.json("map", "draft", "make", "Tighter", "--dry-run")["conflicts"][0]
    assert (conflict["stage"], conflict["differences"][0]["now"]) == ("Build", "6 soft, expedite 1")
    demo.ok("map", "draft", "make", "Tighter", "--keep", "Build=theirs")
    limits = {s["name"]: s["limit"] for s in demo.json("stage", "list", "--stream", "Card issuing")}
    assert (limits["Build"], limits["Test"]) == (6, 2)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("edit", "Idea", "frobnicate"), "'frobnicate' is no edit of a map; write one of: insert"),
        (("edit", "Idea", "set Build process -1"), "'-1' is no time; write it as 0.5d 4h 90m"),
        (("edit", "Idea"), "no edit is given"),
        (("edit", "Idea", "--remove", "3"), "Idea has no edit 3; its edits are 1 to 1"),
        (("new", "Idea"), "there is a future state called 'Idea'"),
        (("show", "Nix"), "there is no future state 'Nix'"),
        (("make", "Idea", "--ours", "--theirs"), "--ours and --theirs exclude each other"),
        (("make", "Idea", "--keep", "Build"), "write --keep Review=ours"),
        (("make", "Idea", "--keep", "Build=ours"), "'Build' is no stage that changed since"),
    ],
)
def test_bad_input_says_what_to_do(demo: Vsm, args: tuple[str, ...], words: str) -> None:
    demo.ok(*NEW, "Idea", "set Build limit 2")
    result = demo("map", "draft", *args)
    assert result.exit_code in (1, 2) and result.stdout == ""
    assert words in result.stderr and result.stderr.count("\n") == 1


def test_the_map_of_a_draft_is_exported(demo: Vsm) -> None:
    demo.ok(*NEW, "Idea", "split Build into Code,Self-test", "retire To release into Test")
    export = ("export", "map", "--draft", "Idea", *DAY)
    mermaid = demo.ok(*export)
    assert mermaid.startswith("flowchart LR\n  %% Idea, a future state of Card issuing: ")
    assert 'new1["Self-test<br>' in mermaid and '["Code<br>' in mermaid
    assert "To release" not in mermaid
    assert "s3 ==>" in mermaid and "| new1\n" in mermaid
    dot = demo.ok(*export, "--format", "dot")
    assert "new1 [shape=box" in dot and "s3 -> new1 " in dot
    shown = valid(json.loads(demo.ok(*export, "--format", "json")), "map")
    result = compared(demo, "Idea", "--no-simulation")
    assert shown["draft"] == "Idea"
    assert shown["totals"]["lead_time"]["declared"] == pytest.approx(
        result["lead_days"]["after"], abs=0.001
    )
    names = [stage["name"] for stage in shown["stages"]]
    assert names[2:5] == ["Code", "Self-test", "To review"]
    assert demo.json("map", "--stream", "Card issuing")["draft"] is None
    line = demo.fails(2, *export, "--from", "2026-01-01")
    assert "--draft excludes --from, --to, --filter and --view" in line
    assert "there is no future state 'Nix'" in demo.fails(2, "export", "map", "--draft", "Nix")


def test_a_comparison_says_which_work_is_left_out(demo: Vsm) -> None:
    demo.ok(*NEW, "No review", "retire Review into Test")
    (left_out,) = compared(demo, "No review", "--no-simulation")["left_out"]
    assert left_out.startswith("The work of Review is left out: ")
    assert left_out.endswith("To move it along: merge Review with Test.")
    text = " ".join(draft(demo, "compare", "No review", *DAY, "--no-simulation").split())
    assert text.index(left_out) < text.index("Highest utilisation")
    assert "PT is the median that the map shows; service is the mean time for which a" in text
    assert "A mean is often longer than a median" in text
    assert "The work of Review is left out" in draft(
        demo, "make", "No review", "--reason", "workshop"
    )


def test_the_base_of_a_comparison_is_used_as_the_diagnosis_says(demo: Vsm) -> None:
    demo.ok("map", "draft", "new", "--stream", "Mobile app", "As it is")
    diagnosis = demo.json("bottlenecks", "--stream", "Mobile app", *DAY)
    used = {stage["name"]: stage["utilisation"] for stage in diagnosis["stages"]}
    for team in diagnosis["teams"]:
        if team["utilisation"] is not None:
            used |= dict.fromkeys(team["stages"], team["utilisation"])
    result = compared(demo, "As it is", "--no-simulation")
    shown = {stage["name"]: stage["utilisation"]["before"] for stage in result["stages"]}
    known = {name: share for name, share in shown.items() if share is not None}
    assert known == pytest.approx({name: used[name] for name in known}, abs=0.002)
    assert known and result["text"].startswith("LT ") and "(no change)" in result["text"]


def test_edits_are_read_from_standard_input(demo: Vsm) -> None:
    demo.ok(*NEW, "Idea")
    lines = "# a workshop\n\nset Build limit 2\nset Test limit 3\n"
    demo.ok("map", "draft", "edit", "Idea", "-", input=lines)
    ideas = [one for one in demo.json("map", "draft", "list") if one["name"] == "Idea"]
    assert ideas[0]["edits"] == ["set Build limit 2", "set Test limit 3"]


def test_a_stream_in_which_nothing_flowed_is_compared_by_what_is_declared(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "New")
    for row in ("Build;2d;1.5d;75%", "Review;1d;3d;95%"):
        name, process, wait, share = row.split(";")
        vsm.ok("map", "declare", name, "--process", process, "--wait", wait, "--ca", share)
    vsm.ok("map", "draft", "new", "Idea", "set Review wait 1d", "set Review ca 100%")
    result = vsm.json("map", "draft", "compare", "Idea")
    assert result["lead_days"] == {"before": 7.5, "after": 5.5, "change": -0.267}
    assert result["text"] == "LT 7.5 → 5.5 d (−27%)"
    assert result["cannot"] == "nothing started in the window, so there is nothing to play"
    assert "Nothing finished in the window: times are as declared." in result["notes"]


def test_a_draft_of_a_removed_stream_is_refused_and_can_be_taken_away(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Old")
    vsm.ok("--as", "ben", "init", "--template", "kanban", "--name", "New")
    vsm.ok("map", "draft", "new", "Idea", "set Build limit 2", "--stream", "New")
    vsm.ok("--as", "ben", "undo")
    for verb in ("compare", "make"):
        line = vsm.fails(2, "map", "draft", verb, "Idea")
        assert (
            "the stream of Idea was removed: its map was that of New; export what there is" in line
        )
    whole = vsm.json("map", "draft", "show", "Idea")
    assert whole["stream"] is None and whole["base"]["name"] == "New"
    assert "of New (removed)" in vsm.ok("map", "draft", "show", "Idea")
    vsm.ok("map", "draft", "drop", "Idea")
    assert vsm.json("map", "draft", "list") == []


def test_the_prediction_is_of_the_edits_that_stand(demo: Vsm) -> None:
    demo.ok(*NEW, "Both", "set Review process 0.1d", "set Build limit 2")
    demo.ok(*NEW, "One", "set Build limit 2")
    demo.ok("stage", "set", "Review", "--policy", "Two pairs of eyes", "--stream", "Card issuing")
    dry = draft(demo, "make", "Both", "--dry-run", "--theirs")
    assert "1  set Review process 0.1d [left out]" in dry and "2  set Build limit 2\n" in dry
    edits = demo.json("map", "draft", "make", "Both", "--dry-run", "--theirs")["edits"]
    assert edits == ["set Build limit 2"]
    one = demo.json("map", "draft", "compare", "One", "--no-simulation")
    both = demo.json("map", "draft", "compare", "Both", "--no-simulation")
    assert both["text"] != one["text"]
    made = demo.json("map", "draft", "make", "Both", "--theirs")
    assert made["prediction"] == one["text"]
    (kept,) = (d for d in demo.json("map", "draft", "list") if d["name"] == "Both")
    assert kept["predicted_days"] == pytest.approx(one["lead_days"]["after"], abs=0.001)


def test_where_no_edit_is_left_nothing_is_made(demo: Vsm) -> None:
    demo.ok(*NEW, "Idea", "set Review process 0.1d")
    demo.ok("stage", "set", "Review", "--policy", "Two pairs of eyes", "--stream", "Card issuing")
    line = demo.fails(1, "map", "draft", "make", "Idea", "--theirs")
    assert "no edit of Idea is left where the map stands" in line


def test_a_draft_is_compared_with_all_that_changed_since(demo: Vsm) -> None:
    demo.ok(*NEW, "Idea", "set Review slots 6", "set Build slots 6", "insert Lint after Build")
    before = compared(demo, "Idea")
    assert before["left_out"] == []
    stream = ("--stream", "Card issuing")
    demo.ok("stage", "set", "Test", "--limit", "60", *stream)
    demo.ok("stage", "add", "Lint", "--category", "active", "--after", "Review", *stream)
    demo.ok("map", "note", "Test", "--to", "To release", "at noon", *stream)
    result = demo.json("map", "draft", "compare", "Idea", "--no-simulation")
    (text,) = result["left_out"]
    assert text.startswith("Left out, as the map does not allow it: insert Lint after Build: ")
    then = compared(demo, "Idea")
    assert before["played"]
    for name in ("played", "stages", "text", "left_out", "notes"):
        assert then[name] == before[name]
    shown = json.loads(demo.ok("export", "map", "--draft", "Idea", "--format", "json"))
    assert {stage["name"]: stage["limit"] for stage in shown["stages"]}["Test"] == 60
    assert "at noon" in [edge["note"] for edge in shown["edges"]]


def test_a_draft_that_was_made_real_is_compared_with_the_map_before_it_only(demo: Vsm) -> None:
    demo.ok(*NEW, "Idea", "split Build into Code,Self-test")
    demo.ok("map", "draft", "make", "Idea")
    for verb in (("map", "draft", "compare", "Idea"), ("export", "map", "--draft", "Idea")):
        line = demo.fails(2, *verb)
        assert "Idea was made real on " in line and "its edits are in the map" in line
    assert "--as-of " in line
    day = line.rpartition("--as-of ")[2].strip()
    result = demo.json("map", "draft", "compare", "Idea", "--as-of", day, "--no-simulation")
    assert "Self-test" in [stage["name"] for stage in result["stages"]]


def test_the_edits_are_shown_where_one_cannot_be_any_more(demo: Vsm) -> None:
    demo.ok("team", "add", "Night")
    demo.ok(*NEW, "Idea", "set Build team night", "set Build slots 6")
    demo.ok("team", "remove", "Night")
    text = draft(demo, "show", "Idea")
    assert "1  set Build team night" in text and "2  set Build slots 6" in text
    assert "there is no team 'night'" in text
    draft(demo, "edit", "Idea", "--remove", "1")


def test_a_draft_is_made_real_on_a_day_of_its_stream(vsm: Vsm) -> None:
    for name, zone in (("East", "Pacific/Kiritimati"), ("West", "Pacific/Pago_Pago")):
        vsm.ok("init", "--template", "kanban", "--name", name, "--tz", zone)
        vsm.ok("map", "draft", "new", f"{name} idea", "set Build limit 2", "--stream", name)
        vsm.ok("map", "draft", "make", f"{name} idea")
    days = [vsm.ok("map", "draft", "show", f"{n} idea").split(",")[0] for n in ("East", "West")]
    assert days[0].partition("real on")[2] != days[1].partition("real on")[2]


def test_the_limits_that_a_simulation_leaves_out_are_named(demo: Vsm) -> None:
    demo.ok("stream", "limit", "Build,Review", "6", "--stream", "Card issuing")
    demo.ok(*NEW, "Idea", "set Build limit 3 expedite +1")
    notes = demo.json("map", "draft", "compare", "Idea", "--no-simulation")["notes"]
    (note,) = (note for note in notes if note.startswith("The simulation knows the limit of a"))
    assert "Build + Review 6 soft" in note and "Build 3 soft, expedite +1" in note
