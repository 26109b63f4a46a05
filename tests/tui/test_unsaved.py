"""Text that was typed and not saved is back after the terminal was lost; Esc forgets it."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from vsm.app import VsmApp
from vsm.drafts import MOST, DialogDraft, Draft, Drafts, what_was_left
from vsm.last_place import Place, read_place
from vsm.model.command import Command, EditItem, MoveItem
from vsm.model.errors import Refusal, RefusalCode
from vsm.reader import Reader
from vsm.screens.board.quick_add import QuickAddDialog
from vsm.screens.dialogs import AskDialog, BlockDialog, TextDialog
from vsm.screens.forms import Form
from vsm.session import ChangeGroup, Session
from vsm.widgets.pick_list import PickList

from .conftest import Person, World
from .test_forms import go_to_field, stored

Size = tuple[int, int]
NOON = 1_795_604_400_000_000
"""Wed 25 Nov 2026 11:00 UTC, 12:00 in the zone of the stream."""


@asynccontextmanager
async def session(
    world: World, size: Size = (120, 40), actor: str = "anna", *, read_only: bool = False
) -> AsyncIterator[Person]:
    """A session as the command line begins one; what was left is taken over."""
    drafts, draft, place, elsewhere = what_was_left(world.path, actor)
    app = VsmApp(
        world.path,
        actor=actor,
        place=place,
        remembers=True,
        drafts=drafts,
        now=lambda: NOON,
        read_only=read_only,
    )
    app.view.draft, app.view.draft_elsewhere = draft, elsewhere
    try:
        async with app.run_test(size=size) as pilot:
            person = Person(app, pilot)  # type: ignore[arg-type]
            await person.settle()
            yield person
    finally:
        drafts.release()


def lose_terminal(person: Person) -> None:
    """End the session as a terminal does that hangs up."""
    person.app.leaving.signal = signal.SIGHUP
    person.app.exit()


def form_of(person: Person) -> Form:
    form = person.app.screen
    assert isinstance(form, Form), person.text
    return form


def files(state: Path) -> list[Path]:
    return sorted((state / "xdg_state_home" / "vsm" / "drafts").glob("*.json"))


async def test_a_half_typed_new_item_is_back_in_its_stage(
    filled: World, size: Size, own_places: Path
) -> None:
    async with session(filled, size) as anna:
        await anna.press("'", "3", "n")
        await anna.type("Half a title")
        await go_to_field(anna, "description")
        await anna.type("first")
        await anna.press("enter")
        await anna.type("second")
        lose_terminal(anna)
    (file,) = files(own_places)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert "anna" not in file.name
    async with session(filled, size) as anna:
        anna.sees("New item in Build", "Your unsaved text of 12:00 is back", "Half a title")
        form = form_of(anna)
        assert form.field("description").text == "first\nsecond"
        await anna.press("ctrl+s")
        assert stored(anna, "PAY-9").title == "Half a title"
        assert stored(anna, "PAY-9").description == "first\nsecond"
        assert files(own_places) == [], "what is saved is no draft any more"


async def test_screen_stream_filter_and_item_are_back_with_the_form(
    filled: World, size: Size
) -> None:
    async with session(filled, size) as anna:
        await anna.press("l", "j", "/")
        await anna.type("webhooks")
        await anna.press("enter", "e", "end")
        await anna.type(" now")
        lose_terminal(anna)
    async with session(filled, size) as anna:
        anna.sees("Edit PAY-5", "Refund webhooks now", "Your unsaved text of 12:00 is back")
        await anna.press("enter")
        assert stored(anna, "PAY-5").title == "Refund webhooks now"
        assert anna.screen.query_text == "webhooks"
        assert anna.card.key == "PAY-5"


async def test_typing_goes_on_where_it_ended_before_the_terminal_was_lost(
    filled: World, size: Size
) -> None:
    async with session(filled, size) as anna:
        await anna.press("e", "end")
        await anna.type(" one")
        await anna.press("shift+tab")
        await anna.type("two")
        lose_terminal(anna)
    async with session(filled, size) as anna:
        await anna.type(" three")
        assert form_of(anna).field("description").text == "two three"
        await go_to_field(anna, "title")
        await anna.press("end")
        await anna.type(" four")
        lose_terminal(anna)
    async with session(filled, size) as anna:
        await anna.type(" five")
        form = form_of(anna)
        assert form.field("title").text == "Token vault rotation one four five"
        assert form.field("description").text == "two three"


@pytest.mark.parametrize("keys", ["x", "b", "A"])
async def test_typing_goes_on_behind_the_text_that_is_back(filled: World, keys: str) -> None:
    async with session(filled) as anna:
        await anna.press(*keys)
        await anna.type("half")
        lose_terminal(anna)
    async with session(filled) as anna:
        await anna.type(" whole")
        anna.sees("half whole")


@pytest.mark.parametrize("outcome", ["saved", "refused", "given up"])
async def test_text_that_is_being_saved_is_back_only_where_it_was_not(
    filled: World, own_places: Path, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    saved = outcome == "saved"
    written, leave = threading.Event(), threading.Event()
    do = Session.do

    def slowly(writer: Session, *commands: Command) -> ChangeGroup | Refusal:
        if outcome != "given up":
            person.app.writing.begin()  # leaving waits for it from here on
        result = do(writer, *commands) if saved else Refusal(RefusalCode.WIP_HARD, "no room")
        written.set()
        assert leave.wait(20)
        return result

    async with session(filled) as person:
        await person.press("n")
        await person.type("Saved before")
        await person.press("enter")
        monkeypatch.setattr(Session, "do", slowly)
        await person.press("n")
        await person.type("Nearly saved")
        form_of(person).action_save()
        while not written.is_set():
            await person.pilot.pause()
        lose_terminal(person)
        if outcome != "given up":
            leave.set()
    leave.set()
    monkeypatch.undo()
    reader = Reader(filled.path)
    assert reader.find_key("PAY-9") is not None
    assert (reader.find_key("PAY-10") is not None) == saved
    reader.close()
    assert len(files(own_places)) == (not saved)


async def test_esc_forgets_what_was_back_and_it_does_not_come_again(
    filled: World, own_places: Path
) -> None:
    async with session(filled) as anna:
        await anna.press("e", "end")
        await anna.type(" now")
        lose_terminal(anna)
    async with session(filled) as anna:
        await anna.press("escape", "y")
        assert files(own_places) == []
    async with session(filled) as anna:
        assert anna.app.screen is anna.screen


async def test_leaving_with_esc_keeps_no_draft(filled: World, own_places: Path) -> None:
    async with session(filled) as anna:
        await anna.press("n")
        await anna.type("Half a title")
        anna.app.keep_texts()
        await anna.until(lambda: bool(files(own_places)))
        await anna.press("escape", "y")
        assert files(own_places) == []
        await anna.press("q")
    assert files(own_places) == []


async def test_what_others_wrote_meanwhile_is_a_conflict_and_not_lost(
    filled: World, size: Size
) -> None:
    async with session(filled, size) as anna:
        await anna.press("e", "end")
        await anna.type(" mine")
        lose_terminal(anna)
    filled.clock = lambda: NOON
    filled.do(EditItem(1, {"title": "His", "owner": "ben"}), actor="ben")
    async with session(filled, size) as anna:
        form = form_of(anna)
        assert form.field("title").text == "Token vault rotation mine"
        assert form.field("owner").text == "ben"
        anna.sees("ben 12:00: His · Ctrl+T: swap")
        await anna.press("enter")
        anna.sees("Also changed: Title (ben 12:00)")
        assert stored(anna, "PAY-1").title == "His"
        await anna.press("enter")
        assert stored(anna, "PAY-1").title == "Token vault rotation mine"


async def test_of_swapped_texts_the_typed_one_is_kept(filled: World) -> None:
    async with session(filled) as anna:
        await anna.press("e", "end")
        await anna.type(" mine")
        filled.do(EditItem(1, {"title": "His"}), actor="ben")
        form_of(anna).look_at_others()
        await anna.press("ctrl+t")
        assert form_of(anna).field("title").text == "His"
        lose_terminal(anna)
    async with session(filled) as anna:
        assert form_of(anna).field("title").text == "Token vault rotation mine"
        anna.sees(": His · Ctrl+T: swap")


async def test_reasons_and_titles_of_other_dialogs_are_back(filled: World) -> None:
    async with session(filled) as anna:
        await anna.press("x")
        await anna.type("nobody needs it")
        lose_terminal(anna)
    async with session(filled) as anna:
        assert isinstance(anna.app.screen, AskDialog)
        anna.sees("Drop PAY-1", "nobody needs it", "Your unsaved text of 12:00 is back")
        await anna.press("escape", "b", "down")
        await anna.type("who pays")
        lose_terminal(anna)
    async with session(filled) as anna:
        assert isinstance(anna.app.screen, BlockDialog)
        anna.sees("Block PAY-1", "who pays")
        assert anna.app.screen.query_one(PickList).cursor == 1
        await anna.press("escape", "A")
        await anna.type("Next title")
        lose_terminal(anna)
    async with session(filled) as anna:
        assert isinstance(anna.app.screen, QuickAddDialog)
        anna.sees("Next title")
        await anna.press("escape", "y", "c")
        await anna.type("half a thought")
        lose_terminal(anna)
    async with session(filled) as anna:
        anna.sees("Comment on PAY-1", "half a thought")


async def test_a_form_for_several_items_is_back_with_their_marks(filled: World) -> None:
    async with session(filled) as anna:
        await anna.press("space", "space", "e")
        await go_to_field(anna, "owner")
        await anna.type("cleo")
        lose_terminal(anna)
    async with session(filled) as anna:
        anna.sees("Edit 2 items", "cleo", "Your unsaved text of 12:00 is back")
        await anna.press("ctrl+s")
        assert [stored(anna, key).owner for key in ("PAY-1", "PAY-2")] == ["cleo", "cleo"]


async def test_an_item_that_the_filter_hides_by_now_is_found_for_the_form(filled: World) -> None:
    async with session(filled) as anna:
        await anna.press("/")
        await anna.type("stage:Backlog")
        await anna.press("enter", "e", "end")
        await anna.type(" now")
        lose_terminal(anna)
    filled.do(MoveItem(1, filled.stages["Build"]), actor="ben")
    async with session(filled) as anna:
        anna.sees("Edit PAY-1", "Token vault rotation now")


async def test_text_that_no_dialog_can_be_opened_for_is_shown(
    filled: World, own_places: Path
) -> None:
    drafts = Drafts(filled.path, "anna")
    gone = DialogDraft(
        "Edit PAY-77", {"title": "Lost item"}, {"title": "x"}, "edit_item", ((77, 1),)
    )
    reason = DialogDraft("Above the WIP limit", {"Reason": "the auditor"}, {})
    drafts.keep_now(Draft(NOON, Place(filled.stream), (gone, reason)))
    drafts.release()
    async with session(filled) as anna:
        assert isinstance(anna.app.screen, TextDialog)
        anna.sees("Your unsaved text of 12:00", "Edit PAY-77", "title: Lost item")
        anna.sees("Above the WIP limit", "Reason: the auditor")
        assert len(files(own_places)) == 1
        await anna.press("escape")
        assert files(own_places) == []


async def test_forms_of_other_screens_show_their_text(filled: World) -> None:
    async with session(filled) as anna:
        await anna.press("o", "4", "a")
        form_of(anna)
        await anna.type("Platform")
        lose_terminal(anna)
    async with session(filled) as anna:
        assert isinstance(anna.app.screen, TextDialog)
        anna.sees("New team", "Platform")
        await anna.press("enter")
        assert anna.app.screen is anna.screen


async def test_a_text_that_is_only_shown_has_the_labels_of_its_form_and_can_be_copied(
    filled: World,
) -> None:
    async with session(filled) as anna:
        await anna.press("l", "w")
        form = form_of(anna)
        form.field("limits").put("5: ha")
        lose_terminal(anna)
    async with session(filled) as anna:
        anna.sees("WIP limit: 5: ha", "y: copy")
        await anna.press("y")
        anna.sees("copied")
        assert anna.app.clipboard.endswith("WIP limit: 5: ha")
        await anna.press("enter")
        assert anna.app.screen is anna.screen


async def test_a_draft_waits_while_the_board_is_read_only(filled: World, own_places: Path) -> None:
    async with session(filled) as anna:
        await anna.press("n")
        await anna.type("Half a title")
        lose_terminal(anna)
    async with session(filled, read_only=True) as anna:
        anna.sees("Your unsaved text of 12:00 is kept until the board can be changed")
        await anna.press("q")
    assert len(files(own_places)) == 1
    async with session(filled) as anna:
        anna.sees("Half a title")


async def test_text_of_a_session_whose_connection_is_lost_unnoticed_is_asked_about(
    filled: World, size: Size, own_places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsm.screens.dialog.REST", 86_400.0)
    async with session(filled, size) as train:
        await train.press("e", "end")
        await train.type(" half")
        train.app.keep_texts()
        await train.until(lambda: bool(files(own_places)))
        async with session(filled, size) as desk:
            assert desk.app.screen is desk.screen, "keys were pressed there just now"
        (file,) = files(own_places)
        os.utime(file, (1, 1))
        async with session(filled, size) as desk:
            desk.sees("Unsaved text of 12:00 in another session", "Token vault rotation half")
            await desk.press("escape")
            assert desk.app.screen is desk.screen
        async with session(filled, size) as desk:
            await desk.press("enter")
            desk.sees("Edit PAY-1", "Your unsaved text of 12:00 is back")
            await desk.press("enter")
            assert stored(desk, "PAY-1").title == "Token vault rotation half"
        assert form_of(train).field("title").text == "Token vault rotation half"
        assert files(own_places) == [file], "what another session keeps is its own"


async def test_text_of_a_session_that_was_typed_in_just_now_is_asked_about_later(
    filled: World, own_places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsm.screens.dialog.REST", 86_400.0)
    monkeypatch.setattr("vsm.screens.unsaved.RESTED", 0.1)
    async with session(filled) as train:
        await train.press("e", "end")
        await train.type(" half")
        train.app.keep_texts()
        await train.until(lambda: bool(files(own_places)))
        async with session(filled) as desk:
            await desk.press("j")
            assert desk.app.screen is desk.screen, "keys were pressed there just now"
            (file,) = files(own_places)
            os.utime(file, (1, 1))
            await desk.until(lambda: desk.app.screen is not desk.screen)
            await desk.settle()
            desk.sees("Unsaved text of 12:00 in another session", "Token vault rotation half")


async def test_the_place_is_kept_while_the_board_runs(filled: World) -> None:
    async with session(filled) as anna:
        await anna.press("l", "j")
        anna.app.keep_place()
        await anna.until(lambda: read_place(filled.path, "anna") is not None)
        assert read_place(filled.path, "anna") == Place(filled.stream, "", 4, "")


async def test_a_half_typed_filter_is_back_in_its_line(filled: World) -> None:
    async with session(filled) as anna:
        await anna.press("/")
        await anna.type("owner:anna (")
        lose_terminal(anna)
    async with session(filled) as anna:
        anna.sees("owner:anna (")


# -- files --------------------------------------------------------------------------------


DRAFT = Draft(NOON, Place(1, "q", 3, ""), (DialogDraft("New", {"title": "a\nb"}, {"title": ""}),))


def test_a_draft_is_of_one_person_on_one_database(tmp_path: Path) -> None:
    anna = Drafts(tmp_path / "one.db", "anna")
    anna.keep_now(DRAFT)
    anna.release()
    assert Drafts(tmp_path / "two.db", "anna").take_over() is None
    assert Drafts(tmp_path / "one.db", "ben").take_over() is None
    assert Drafts(tmp_path / "one.db", "anna").take_over() == DRAFT


def test_what_a_session_keeps_is_not_taken_while_it_lives(tmp_path: Path) -> None:
    db = tmp_path / "vsm.db"
    first, second = Drafts(db, "anna"), Drafts(db, "anna")
    first.keep_now(DRAFT)
    assert second.take_over() is None
    other = DRAFT._replace(at=1)
    second.keep_now(other)
    second.release()
    third = Drafts(db, "anna")
    assert third.take_over() == other, "each session has a file of its own"
    first.release()
    assert Drafts(db, "anna").take_over() == DRAFT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[1]",
        b"{}",
        b'{"at": 1}',
        b'{"at": "x", "place": {}, "dialogs": []}',
        b"[" * 100_000,
        b" " * (MOST + 1),
        json.dumps({"at": 1, "place": DRAFT.place._asdict(), "dialogs": [{"title": 3}]}).encode(),
    ],
)
def test_a_broken_or_huge_draft_counts_as_none(tmp_path: Path, content: bytes) -> None:
    db = tmp_path / "vsm.db"
    drafts = Drafts(db, "anna")
    drafts.keep_now(DRAFT)
    drafts.release()
    path = drafts_of(tmp_path)
    path.write_bytes(content)
    assert Drafts(db, "anna").take_over() is None
    later = Drafts(db, "anna")
    later.keep_now(DRAFT)
    later.release()
    assert Drafts(db, "anna").take_over() == DRAFT


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_draft_of_somebody_else_is_not_read(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "vsm.db", "anna")
    drafts.keep_now(DRAFT)
    drafts.release()
    os.chown(drafts_of(tmp_path), 65534, 65534)
    assert Drafts(tmp_path / "vsm.db", "anna").take_over() is None


def drafts_of(_tmp: Path) -> Path:
    (path,) = (Path(os.environ["XDG_STATE_HOME"]) / "vsm" / "drafts").glob("*.json")
    return path


def test_a_link_or_a_pipe_in_the_place_of_a_draft_is_not_read(tmp_path: Path) -> None:
    db = tmp_path / "vsm.db"
    drafts = Drafts(db, "anna")
    drafts.keep_now(DRAFT)
    drafts.release()
    path = drafts_of(tmp_path)
    elsewhere = tmp_path / "elsewhere.json"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert Drafts(db, "anna").take_over() is None
    path.unlink()
    os.mkfifo(path)
    assert Drafts(db, "anna").take_over() is None


def test_a_folder_that_cannot_be_written_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    drafts = Drafts(tmp_path / "vsm.db", "anna")
    drafts.keep_now(DRAFT)
    drafts.drop()
    assert drafts.take_over() is None
