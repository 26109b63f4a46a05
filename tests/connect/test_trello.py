"""Boards of Trello: cards are items, lists are stages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files.detect import format_of
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.resolutions import STAGE
from vsm.connect.files.trello import read
from vsm.model.errors import BadInput
from vsm.model.item import Quality
from vsm.model.rules import to_micros

IDEAS, DOING, DONE, HELP = (
    {"id": f"{n:024x}", "name": label, "pos": n}
    for n, label in enumerate(("Ideas", "Doing", "Done", "Hints"))
)
CREATED = datetime(2024, 1, 1, tzinfo=UTC)

Saved = Callable[..., Path]


def card_id(number: int) -> str:
    return f"{int(CREATED.timestamp()):08x}{number:016x}"


def at(day: int) -> int:
    return to_micros(CREATED.replace(day=day))


def action(number: int, day: int, card: int, kind: str, **data: Any) -> dict[str, Any]:
    return {
        "id": f"{number:024x}",
        "type": kind,
        "date": f"2024-01-{day:02}T00:00:00.000Z",
        "memberCreator": {"username": "ada"},
        "data": {"card": {"id": card_id(card)}} | data,
    }


def card(number: int, place: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": card_id(number),
        "idShort": number,
        "name": f"Card {number}",
        "idList": place["id"],
        "dateLastActivity": "2024-01-09T00:00:00.000Z",
        "labels": [],
    } | fields


def board(cards: list[Any], actions: list[Any], lists: Any = (IDEAS, DOING, DONE)) -> Any:
    return {
        "id": "5" * 24,
        "name": "Web",
        "labelNames": {"green": ""},
        "actions": actions,
        "cards": cards,
        "lists": list(lists),
        "members": [{"id": "m1", "username": "bo", "fullName": "Bo"}],
    }


def moved(number: int, day: int, card: int, before: Any, after: Any) -> dict[str, Any]:
    return action(number, day, card, "updateCard", listBefore=before, listAfter=after)


BOARD = board(
    [
        card(
            *(1, DONE),
            due="2024-01-31T23:30:00.000Z",
            labels=[{"name": "", "color": "red"}, {"name": "api", "color": "blue"}],
            idMembers=["m1"],
            desc="as said",
        ),
        card(2, DOING),
        card(3, IDEAS),
    ],
    [  # newest first
        moved(14, 5, 1, DOING, DONE),
        action(13, 4, 1, "updateCard", old={"name": "Car"}),
        moved(12, 3, 1, IDEAS | {"name": "Old name"}, DOING),
        moved(11, 3, 2, IDEAS, DOING),
        action(9, 2, 9, "createCard", list=IDEAS),
        action(10, 1, 1, "createCard", list=IDEAS),
    ],
)


def path_of(parsed: ParsedFile, key: str) -> list[tuple[str, int]]:
    (history,) = (h for h in parsed.histories if h.key == key)
    return [(e.status, e.at) for e in history.entries]


def quality_of(parsed: ParsedFile, key: str) -> Quality:
    return next(h.quality for h in parsed.histories if h.key == key)


@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "many lines"])
def test_cards_move_from_list_to_list(saved: Saved, indent: int | None) -> None:
    path = saved(BOARD, indent=indent)
    assert format_of(path) == "trello"
    parsed = read(path, zone="Europe/Berlin")
    first = parsed.histories[0]
    assert path_of(parsed, "1") == [("Ideas", at(1)), ("Doing", at(3)), ("Done", at(5))]
    assert [e.by for e in first.entries] == ["ada", "ada", "ada"]
    assert first.source_key == card_id(1)
    assert (first.title, first.description) == ("Card 1", "as said")
    assert (first.due, first.owner, first.labels) == ("2024-02-01", "bo", ("red", "api"))
    assert parsed.counts == {"items": 3, "actions": 6}
    assert any("1 cards that were deleted" in note.why for note in parsed.notes)


def test_a_card_without_its_creation_was_created_at_the_time_in_its_id(saved: Saved) -> None:
    parsed = read(saved(BOARD), zone="UTC")
    assert path_of(parsed, "2") == [("Ideas", at(1)), ("Doing", at(3))]
    assert quality_of(parsed, "2") is Quality.FULL  # all actions since then are there
    cut = BOARD | {"actions": BOARD["actions"][:4]}
    older = read(saved(cut), zone="UTC")
    assert path_of(older, "2") == [("Ideas", at(1)), ("Doing", at(3))]
    assert quality_of(older, "2") is quality_of(older, "3") is Quality.TRUNCATED


def test_the_most_actions_of_an_export_are_reported(saved: Saved) -> None:
    comments = [action(100 + n, 20, 9, "commentCard") for n in range(994)]
    assert not any("1,000" in n.why for n in read(saved(BOARD), zone="UTC").notes)
    full = BOARD | {"actions": comments + BOARD["actions"]}
    assert any("1,000 actions are the most" in n.why for n in read(saved(full), zone="UTC").notes)


def test_a_gap_between_two_moves_counts_as_truncated(saved: Saved) -> None:
    actions = [moved(3, 5, 1, DOING, DONE), action(1, 1, 1, "createCard", list=IDEAS)]
    parsed = read(saved(board([card(1, DONE)], actions)), zone="UTC")
    assert quality_of(parsed, "1") is Quality.TRUNCATED


def test_archived_cards_leave_the_board(saved: Saved) -> None:
    old = IDEAS | {"id": "f" * 24, "name": "Old ideas", "closed": True}
    actions = [
        action(5, 8, 2, "updateCard", old={"closed": False}),
        action(4, 7, 0, "updateList", list={"id": old["id"]}, old={"closed": False}),
        action(1, 1, 9, "createCard", list=IDEAS),
    ]
    cards = [
        card(1, DONE, closed=True),
        card(2, DOING, closed=True),
        card(3, old),
        card(4, DOING, closed=True, dueComplete=True),
    ]
    parsed = read(saved(board(cards, actions, (IDEAS, DOING, DONE, old))), zone="UTC")
    assert path_of(parsed, "1") == [("Done", at(1))]
    assert path_of(parsed, "2") == [("Doing", at(1)), (STAGE, at(8))]
    assert path_of(parsed, "3") == [("Old ideas", at(1)), (STAGE, at(7))]
    assert path_of(parsed, "4") == [("Doing", at(1)), ("Done", at(9))]
    assert quality_of(parsed, "4") is Quality.TRUNCATED  # when it was archived is not known
    assert parsed.hints[STAGE].category == "dropped"


def test_a_list_of_finished_work_is_the_last_stage(saved: Saved, imported: Any) -> None:
    lists = (HELP | {"pos": 0}, IDEAS | {"pos": 1}, DONE | {"pos": 2}, DOING | {"pos": 3})
    report = imported(saved(board([card(1, DOING)], [], lists)))
    assert [s["name"] for s in report["stages"]] == ["Hints", "Ideas", "Doing", "Done"]
    assert report["stages"][-1]["category"] == "done"


def test_a_second_import_of_a_board_changes_nothing(saved: Saved, imported: Any) -> None:
    path = saved(BOARD)
    assert imported(path)["items"] == 3
    again = imported(path)
    assert (again["items"], again["transitions"], again["already_known"]) == (0, 0, 3)


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda b: b.pop("lists"), "lists"),
        (lambda b: b.update(cards={}), "cards"),
        (lambda b: b["cards"][0].update(idList="gone"), "cards[0].idList"),
        (lambda b: b["cards"][1].update(id=None), "cards[1].id"),
        (lambda b: b["cards"][0].update(due="soon"), "cards[0].due"),
        (lambda b: b["actions"][0].update(date="yesterday"), "actions[0].date"),
        (lambda b: b["actions"][0]["data"].pop("card"), "actions[0].data.card.id"),
        (lambda b: b["actions"][0]["data"].update(listAfter=[]), "actions[0].data.listAfter"),
        (lambda b: b["cards"][0].update(name=7), "cards[0].name"),
    ],
)
def test_a_malformed_board_is_refused_with_its_field(
    saved: Saved, spoil: Callable[[Any], Any], field: str
) -> None:
    spoilt = json.loads(json.dumps(BOARD))
    spoil(spoilt)
    with pytest.raises(BadInput, match=r"export\.json line 1") as refusal:
        read(saved(spoilt), zone="UTC")
    assert f"field {field}" in str(refusal.value)
