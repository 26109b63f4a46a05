"""``vsm forecast whatif``: a change of the demo played, as text and as JSON, and bad input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_exports import MARCH, demo, organisation, valid

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]
CARDS = ("forecast", "whatif", "--stream", "Card issuing", "--as-of", MARCH)


def played(vsm: Vsm, *options: str) -> Any:
    return valid(vsm.json(*CARDS, *options), "whatif")


def test_one_more_slot_at_the_constraint_helps(demo: Vsm) -> None:
    result = played(demo, "--slots", "Review=+1", "--items", "40", "--weeks", "8")
    assert result["cannot"] is None and result["weeks"] == 8
    throughput, cycle_time, wip = result["figures"]
    assert throughput["figure"] == "throughput_per_week"
    assert throughput["change"]["p50"] >= 0 >= cycle_time["change"]["p50"]
    assert wip["before"]["low_80"] <= wip["before"]["p50"] <= wip["before"]["high_80"]
    (odds,) = result["odds"]
    assert odds["items"] == 40 and 0 < odds["before"] <= odds["after"] < 1
    assert result["past_error"]["plays"] >= 1
    assert result == played(demo, "--slots", "Review=+1", "--items", "40", "--weeks", "8")


def test_what_makes_no_difference_is_said(demo: Vsm) -> None:
    out = demo.ok(*CARDS, "--limit", "To release=30", "--weeks", "4")
    assert "Changed: WIP limit of To release 30 (now 8)." in out
    assert "Throughput: no difference that can be told (0)." in out
    assert "85% cycle time: no difference that can be told (0)." in out


def test_the_report_says_what_changes_and_how_far_to_rely_on_it(demo: Vsm) -> None:
    out = demo.ok(*CARDS, "--arrivals", "250%", "--absence", "Build=1@2-3", "--weeks", "6")
    assert "1 slot missing at Build in weeks 2 to 3; arrivals 250% of what they are." in out
    assert "80% ranges" in out and "Throughput a week" in out
    assert "WIP rises: +" in out
    assert "All else is taken to go on as it was" in out
    assert "<h2>How far to rely on it</h2>" in demo.ok(
        *CARDS, "--slots", "Review=+1", "--weeks", "4", "--format", "html"
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "nothing is changed; change a WIP limit, slots, arrivals, rework or an absence"),
        (("--limit", "Review=0"), "a WIP limit of 0 for Review lets nothing in"),
        (("--limit", "Review=many"), "'many' is no WIP limit"),
        (("--limit", "Review=3"), "that is the WIP limit of Review now"),
        (
            ("--limit", "Review=2", "--limit", "Review=4"),
            "there are several WIP limits for Review; give one of them",
        ),
        (
            ("--slots", "Review=+1", "--slots", "Review=-1"),
            "there are several changes of slots for Review",
        ),
        (
            ("--slots", "Ready=+1"),
            "items only wait in Ready: the slots are those of Build; name Build",
        ),
        (("--absence", "To review=1@1-2"), "the slots are those of Review; name Review"),
        (("--slots", "Review=-40"), "no more can be taken away"),
        (("--absence", "Review=40@1-2"), "no more can be taken away"),
        (("--limit", "Review"), "'Review' is not understood; write --limit STAGE=3"),
        (("--limit", "Done=3"), "nobody works on items in Done, which is done"),
        (("--limit", "Nowhere=3"), "there is no stage in Card issuing: 'Nowhere'"),
        (("--slots", "Review=1"), "'1' does not say how many slots more or fewer"),
        (("--slots", "Review=+99"), "99 slots are too many"),
        (("--arrivals", "12"), "--arrivals 12: not a percentage"),
        (("--arrivals", "900%"), "arrivals of 900% cannot be played"),
        (("--rework", "-5%"), "--rework -5%: not a percentage"),
        (("--absence", "Build=1"), "'1' is no absence; write 1@2-4"),
        (("--absence", "Build=1@4-2"), "weeks 4 to 2 are not among those that are played"),
        (("--slots", "Review=+1", "--by", "2026-05-01"), "give --items too"),
        (
            ("--slots", "Review=+1", "--items", "5", "--by", "2026-01-01"),
            "2026-01-01 is over at the end of the data",
        ),
        (
            ("--slots", "Review=+1", "--items", "5", "--by", "2027-01-01"),
            "2027-01-01 is later than 13 weeks ahead",
        ),
    ],
)
def test_what_cannot_be_played_is_refused(demo: Vsm, options: tuple[str, ...], words: str) -> None:
    assert words in demo.fails(2, *CARDS, *options)


def test_too_little_is_known_of_a_new_stream(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    out = vsm.ok("forecast", "whatif", "--arrivals", "120%")
    assert "This stream cannot be played: no item has finished yet." in out
    result = valid(vsm.json("forecast", "whatif", "--arrivals", "120%"), "whatif")
    assert result["cannot"] == "no item has finished yet" and result["figures"] == []


def test_a_stream_that_has_gone_silent_is_not_played(demo: Vsm) -> None:
    options = ("--stream", "Card issuing", "--as-of", "2026-09-30", "--arrivals", "120%")
    out = demo.ok("forecast", "whatif", *options)
    assert "This stream cannot be played: nothing has finished since" in out


def test_a_plan_is_saved_played_changed_listed_and_removed(demo: Vsm) -> None:
    assert "No saved plans" in demo("plan", "list").stderr
    options = ("--slots", "review=+1", "--absence", "Build=1@2-3", "--weeks", "4")
    line = demo(*CARDS, *options, "--items", "20", "--by", "+3w", "--save", "Help review")
    assert line.stderr.startswith("saved the plan Help review: --slots Review=+1 --absence ")
    (plan,) = demo.json("plan", "list")
    assert plan == {
        "name": "Help review",
        "stream": "Card issuing",
        "options": "--slots Review=+1 --absence Build=1@2-3 --weeks 4 --items 20 --by 2026-04-21",
    }
    assert demo.json("plan", "show", "help") == plan
    command = f"vsm forecast whatif --stream 'Card issuing' {plan['options']}\n"
    assert demo.ok("plan", "show", "help") == command
    at = ("--as-of", MARCH)
    alone = valid(demo.json("forecast", "whatif", "--plan", "help", *at), "whatif")
    assert alone == played(demo, *options, "--items", "20", "--by", "+3w")
    assert (alone["stream"], alone["weeks"], alone["odds"][0]["by"]) == (
        *("Card issuing", 4, "2026-04-21"),
    )
    more = ("--slots", "Review=+2", "--limit", "To review=6", "--weeks", "5")
    changed = demo.json("forecast", "whatif", "--plan", "Help review", *at, *more)
    assert changed["weeks"] == 5 and changed["changes"] == [
        "WIP limit of To review 6 (now 5)",
        "2 slots more at Review",
        "1 slot missing at Build in weeks 2 to 3",
    ]
    elsewhere = ("--stream", "Mobile app", "--plan", "Help review", *at)
    words = "Help review is a plan of Card issuing; leave out --stream"
    assert words in demo.fails(2, "forecast", "whatif", *elsewhere)
    demo.ok("plan", "remove", "Help review")
    demo.ok("undo")
    assert len(demo.json("plan", "list")) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--plan", "Nothing"), "there is no plan"),
        (("--arrivals", "120%", "--save", " "), "the plan's name is empty"),
        (("--save", "Nothing"), "nothing is changed"),
        (("--slots", "Review=+1", "--items", "5", "--by", "soon"), "'soon' is no date"),
        (("--slots", "Review=+1", "--items", "5", "--by", "9999-12-31"), "is out of range"),
    ],
)
def test_plans_that_cannot_be_are_refused(demo: Vsm, options: tuple[str, ...], words: str) -> None:
    line = demo(*CARDS, *options)
    assert line.exit_code in (1, 2) and words in line.stderr, line.output
    assert demo.json("plan", "list") == []


def test_a_plan_of_another_stream_or_of_a_stage_that_is_gone_says_so(demo: Vsm) -> None:
    demo(*CARDS, "--slots", "Review=+1", "--weeks", "2", "--save", "Help")
    line = demo("forecast", "whatif", "--stream", "Mobile", "--arrivals", "120%", "--save", "help")
    assert line.exit_code == 2 and "Help is a plan of Card issuing" in line.stderr
    demo.ok("stage", "set", "Review", "--stream", "Card issuing", "--name", "Check")
    assert "there is no stage in Card issuing: 'Review'" in demo.fails(
        2, "forecast", "whatif", "--plan", "Help"
    )


def test_the_same_question_has_the_same_answer(demo: Vsm) -> None:
    """Whatever the clock says within a day, and whatever was asked before."""
    first = played(demo, "--slots", "Review=+1", "--weeks", "4")
    assert played(demo, "--slots", "Review=+1", "--weeks", "4") == first
    stream = ("forecast", "whatif", "--stream", "Card issuing", "--weeks", "4")
    moments = [
        valid(demo.json(*stream, "--slots", "Review=+1", "--as-of", at), "whatif")["figures"]
        for at in (MARCH, "2026-03-31T20:30:00Z", "2026-03-31T21:15:00Z")
    ]
    assert moments[0] == moments[1] == moments[2] == first["figures"]


def test_before_is_the_same_whatever_is_asked(demo: Vsm) -> None:
    questions = (
        ("--slots", "Review=+1"),
        ("--arrivals", "250%"),
        ("--rework", "0%"),
        ("--limit", "Build=2", "--absence", "Build=1@2-3"),
    )
    befores = [
        [figure["before"] for figure in played(demo, *question, "--weeks", "4")["figures"]]
        for question in questions
    ]
    assert all(before == befores[0] for before in befores)
