"""``vsm service``, ``deploy`` and ``incident``: what pipelines record, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from subprocess import Popen

import pytest

from tests.cli.conftest import Vsm
from vsm.model.delivery_words import NOT_ENDED, RESULT_WORDS, ROLLED_BACK

RECORD = ("deploy", "record", "--service", "payments", "--status", "success")
LOG = """\
4be1c0d1111111111111111111111111111111aa 2026-11-02T09:00:00+01:00 2026-11-03T10:00:00+01:00 PAY-1: x
9f00aa12222222222222222222222222222222bb 2026-11-02T11:00:00Z 2026-11-03T10:05:00Z Revert "UTF-8"
"""  # noqa: E501


@pytest.fixture
def payments(team: Vsm) -> Vsm:
    team.ok("service", "add", "payments", "--stream", "Card issuing", "--repositories", "acme/pay")
    return team


def test_a_service_is_added_changed_listed_and_removed(team: Vsm) -> None:
    assert team.json("service") == []
    address = "https://github.com/acme/pay.git,acme/vault"
    team.ok("service", "add", "payments", "--team", "core", "--repositories", address)
    team.ok("service", "set", "payments", "--environments", "prod*,live", "--cause-hours", "24")
    (one,) = team.json("service", "list")
    assert one["repositories"] == ["acme/pay", "acme/vault"]
    assert (one["team"], one["environments"]) == ("core", ["live", "prod*"])
    assert one["cause_hours"] == 24.0
    refused = team.fails(2, "service", "set", "payments", "--repositories", "pay")
    assert "owner/name" in refused
    team.ok("service", "remove", "payments")
    assert team.json("service") == []


def test_one_line_records_and_its_repeat_changes_nothing(payments: Vsm) -> None:
    line = (*RECORD, "--sha", "4be1c0d", "--item", "PAY-1", "--ref", "main", "--id", "gha-1")
    assert payments.ok(*line).startswith("recorded deployment 1 of payments to production: success")
    before = payments.json("log")
    assert (
        payments.ok(*line) == "deployment 1 of payments: on record already: nothing was changed\n"
    )
    again = payments.json(*line)
    assert (again["group"], again["changes"]) == (None, [])
    assert again["deployment"] == payments.json("deploy", "list")[0]
    assert payments.json("log") == before
    (evidence,) = payments.json("comply", "evidence", "PAY-1")
    assert (evidence["ref"], evidence["status"]) == ("gha-1", "success")


def test_another_result_of_the_same_id_is_a_correction(payments: Vsm) -> None:
    payments.ok(*RECORD, "--sha", "4be1c0d", "--item", "PAY-1", "--id", "gha-1")
    done = payments.json(
        "deploy", "record", "--service", "Payments", "--status", "error", "--id", "gha-1"
    )
    assert done["deployment"]["result"] == "failure"
    assert done["deployment"]["commits"] == ["4be1c0d"]
    assert "result success → failure" in done["changes"][0]["text"]
    last = payments.json("comply", "evidence", "PAY-1")[-1]
    assert last["status"] == "failure"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--started", "2026-11-03T11:00Z", "--finished", "2026-11-03T10:00Z"), "before it began"),
        (("--finished", "2026-11-03T10:00"), "with the zone"),
        (("--finished", "2026-11-03"), "with the zone"),
        (("--started", "yesterday"), "with the zone"),
        (("--finished", "2999-01-01T00:00Z"), "in the future"),
        (("--service", "paymnts"), "did you mean 'payments'?"),
        (("--service", "pay"), "there is no service 'pay'"),
        (("--status", "in_progress"), "has not ended"),
        (("--status", "rolled-back"), "vsm incident open NAME"),
        (("--status", "fine"), "use success, partly, failure, cancelled"),
        (("--item", "PAY-99"), "there is no item"),
        (("--because", "INC-1"), "there is no incident"),
        (("--env", " "), "the environment is empty"),
        (("--id", "x" * 501), "500 are allowed"),
        (("--changes", "no-such-file"), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_and_nothing_is_recorded(
    payments: Vsm, options: tuple[str, ...], says: str
) -> None:
    before = payments.json("log")
    result = payments(*RECORD, *options)
    assert result.exit_code in (1, 2) and result.stdout == ""
    assert says in result.stderr and result.stderr.count("\n") == 1
    assert payments.json("log") == before


@pytest.mark.parametrize(
    ("word", "result"),
    [(word, result) for result, words in RESULT_WORDS.items() for word in words],
)
def test_words_of_other_tools_mean_what_the_table_says(
    payments: Vsm, word: str, result: str
) -> None:
    done = payments.json(*RECORD[:4], "--status", word.upper().replace("_", "-"))
    assert done["deployment"]["result"] == result


def test_words_for_what_has_not_ended_are_refused(payments: Vsm) -> None:
    for word in NOT_ENDED:
        assert "has not ended" in payments.fails(2, *RECORD[:4], "--status", word)


def test_the_docs_have_every_word() -> None:
    from tests.cli.conftest import ROOT

    text = (ROOT / "docs" / "delivery.md").read_text()
    for words in (*RESULT_WORDS.values(), NOT_ENDED, ROLLED_BACK):
        assert not [word for word in words if f"`{word}`" not in text]


def test_lines_of_git_log_become_changes_with_their_items(payments: Vsm) -> None:
    done = payments.json(*RECORD, "--ref", "v1", "--id", "v1", "--changes", "-", input=LOG)
    assert done["deployment"]["items"] == ["PAY-1"]
    assert [commit[:7] for commit in done["deployment"]["commits"]] == ["4be1c0d", "9f00aa1"]
    assert len(done["changes"]) == 4, "the deployment, evidence of an item, two changes"
    again = payments.json(*RECORD, "--ref", "v1", "--id", "v1", "--changes", "-", input=LOG)
    assert again["group"] is None
    (evidence,) = payments.json("comply", "evidence", "PAY-1")
    assert evidence["kind"] == "deployment"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("4be1c0d fix", "line 1: '4be1c0d fix' is no commit"),
        (LOG + "\n4be1c0d 2026-11-02 2026-11-03 x", "line 4: the author's moment"),
        ("[1]", "change 1: 1 is no object"),
        ('[{"ref": "a", "sha": 1}]', "there is no 'sha'"),
        ('{"ref": "a", "merged": "2026-11-02"}', "change 1: merged: '2026-11-02' is no moment"),
        ('{"ref": "a"}\n{"ref": ', "is no JSON"),
        ('{"ref": null}', "ref: None is no text"),
        ('{"ref": " "}', "the change has no reference"),
        ('{"ref": "a", "revert": "no"}', "neither true nor false"),
        ('{"ref": "a", "items": "PAY-1"}', "is no list"),
        ('{"ref": "a", "items": ["PAY-99"]}', "there is no item 'PAY-99'"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_changes_that_cannot_be_read_are_named_with_their_place(
    payments: Vsm, text: str, says: str
) -> None:
    before = payments.json("log")
    assert says in payments.fails(2, *RECORD, "--changes", "-", input=text)
    assert payments.json("log") == before


def test_json_says_more_of_a_change(payments: Vsm) -> None:
    change = {
        "ref": "acme/pay#31",
        "first_commit": "2026-11-02T09:00:00Z",
        "proposed": "2026-11-02T10:00:00Z",
        "reviewed": "2026-11-02T11:00:00Z",
        "merged": "2026-11-02T12:00:00Z",
        "commits": ["4be1c0d"],
        "items": ["PAY-2"],
        "revert": False,
    }
    payments.ok(*RECORD, "--changes", "-", input=json.dumps(change))
    later = {"ref": "acme/pay#31", "merged": "2026-11-02T12:30:00Z"}
    done = payments.json(*RECORD, "--id", "2", "--changes", "-", input=json.dumps([later]))
    texts = [one["text"] for one in done["changes"]]
    assert any("merged_at 2026-11-02T12:00:00Z → 2026-11-02T12:30:00Z" in text for text in texts)


def test_a_commit_in_two_services_is_said_of_both(payments: Vsm) -> None:
    payments.ok("service", "add", "vault")
    payments.ok(*RECORD, "--sha", "4be1c0d")
    result = payments(
        "deploy", "record", "--service", "vault", "--status", "ok", "--sha", "4be1c0d"
    )
    assert result.exit_code == 0
    assert "commit 4be1c0d is also in a deployment of payments" in result.stderr
    shape = payments("deploy", "record", "--service", "vault", "--status", "ok", "--sha", "4be1c0d",
                     "--json")  # fmt: skip
    assert json.loads(shape.stdout)["also_in"] == ["payments"]


def test_incidents_go_from_open_to_resolved_and_are_linked(payments: Vsm) -> None:
    opened = ("incident", "open", "INC-7", "--service", "payments", "--title", "Refunds fail")
    at = ("--opened", "2026-11-03T12:00:00Z")
    payments.ok(*RECORD, "--id", "gha-1", "--finished", "2026-11-03T11:00:00Z")
    payments.ok(*opened, *at)
    assert payments.ok(*opened, *at) == "INC-7: on record already: nothing was changed\n"
    payments.ok("incident", "link", "inc-7", "gha-1")
    payments.ok("incident", "resolve", "INC-7", "--at", "2026-11-03T13:00:00Z")
    assert "nothing was changed" in payments.ok("incident", "resolve", "INC-7")
    (one,) = payments.json("incident", "list")
    assert (one["cause"], one["link"]) == (1, "named")
    assert one["resolved"] == "2026-11-03T13:00:00Z"
    assert payments.json("incident", "list", "--open") == []
    payments.ok("incident", "reopen", "INC-7")
    payments.ok("incident", "link", "INC-7", "--none")
    (one,) = payments.json("incident", "list", "--open")
    assert (one["cause"], one["link"], one["no_cause"]) == (None, None, True)
    payments.ok("incident", "link", "INC-7", "--by-rule")
    assert not payments.json("incident", "list")[0]["no_cause"]
    early = ("incident", "resolve", "INC-7", "--at", "2026-11-03T11:59:59Z")
    assert "before it began" in payments.fails(2, *early)
    assert "did you mean 'INC-7'" in payments.fails(2, "incident", "link", "INC-8", "1")


def test_a_deployment_is_marked_and_the_mark_taken_back(payments: Vsm) -> None:
    payments.ok(*RECORD, "--ref", "hotfix/refunds")
    payments.ok("incident", "open", "INC-7", "--service", "payments")

    def unplanned() -> bool:
        return bool(payments.json("deploy", "list")[0]["unplanned"])

    assert unplanned(), "by the rule of the service"
    payments.ok("deploy", "mark", "1", "--planned")
    assert not unplanned()
    payments.ok("deploy", "mark", "1", "--by-rule", "--because", "INC-7")
    assert payments.json("deploy", "list")[0]["because"] == "INC-7" and unplanned()
    payments.ok("deploy", "mark", "1", "--because", "none")
    assert payments.json("deploy", "list")[0]["because"] is None
    assert "there is no deployment '9'" in payments.fails(2, "deploy", "mark", "9", "--planned")
    assert payments("deploy", "mark", "1").exit_code == 2
    assert "nothing was changed" in payments.ok("deploy", "mark", "1", "--because", "none")


def test_lists_say_what_is_no_production_and_what_was_on_record_then(payments: Vsm) -> None:
    payments.ok(*RECORD, "--env", "github-pages")
    for number in range(3):
        payments.ok(*RECORD, "--id", str(number), "--finished", f"2026-11-0{number + 1}T10:00:00Z")
    text = payments("deploy", "list", "--limit", "2")
    assert "* no production by the rule of the service" in text.stdout
    assert "the latest 2 of 4" in text.stderr
    days = payments.json("deploy", "list", "--from", "2026-11-02", "--to", "2026-11-02")
    assert [one["id"] for one in days] == ["1"]
    assert payments.json("deploy", "list", "--as-of", "2020-01-01") == []
    assert (
        payments.json("deploy", "list", "--service", "payments", "--limit", "0")[0]["number"] == 1
    )


def test_what_could_act_on_a_terminal_does_not_reach_it(payments: Vsm) -> None:
    nasty = "a\x1b[31m\u202eb\x07"
    payments.ok("service", "add", nasty)
    payments.ok("deploy", "record", "--service", nasty, "--status", "ok", "--env", nasty, "--ref",
                nasty)  # fmt: skip
    payments.ok("incident", "open", nasty, "--service", nasty, "--title", nasty)
    for verb in (("service",), ("deploy",), ("incident",), ("log",)):
        out = payments.ok(*verb) + payments.ok(*verb, "--json")
        assert not {"\x1b", "\u202e", "\x07"} & set(out)


def test_two_pipelines_that_record_the_same_id_at_once_record_one(
    payments: Vsm, process: Callable[..., Popen[bytes]]
) -> None:
    line = (*RECORD, "--sha", "4be1c0d", "--item", "PAY-1", "--id", "gha-1")
    both = [process(*line) for _ in range(4)]
    assert [one.wait(60) for one in both] == [0, 0, 0, 0]
    assert len(payments.json("deploy", "list")) == 1
    assert len(payments.json("comply", "evidence", "PAY-1")) == 1
