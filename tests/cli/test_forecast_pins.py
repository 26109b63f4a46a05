"""``vsm forecast pin``: what was said is kept, counted as forecasts count, and scored."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cli.conftest import Vsm
from tests.cli.test_exports import MARCH, demo, organisation, valid
from tests.store.forging import COLUMNS, Entry, forged, write_journal
from vsm.cli.context import CliContext
from vsm.features.forecast.pin_reading import read_pins
from vsm.features.forecast.pin_report import pin_sections, pins_report
from vsm.features.forecast.pin_results import Outcome, Pins
from vsm.model import command as c
from vsm.model.entities import PIN
from vsm.model.rules import to_micros
from vsm.model.stream import Category
from vsm.reader import Reader
from vsm.report.document import Sentence, Table
from vsm.report.wording import day
from vsm.session import ChangeGroup, Session

__all__ = ["demo", "organisation"]
STREAM = ("--stream", "Card issuing")


def at(day: int, hour: int = 12) -> int:
    """A moment of June 2026."""
    return to_micros(datetime(2026, 6, day, hour, tzinfo=UTC))


class Shop:
    """A stream with Ready, Build, Done and Dropped, whose clock is set by the test."""

    def __init__(self, path: Path) -> None:
        self.path, self.now = path, at(1)
        self.session = Session(path, actor="anna", clock=lambda: self.now)
        names = {
            "Ready": Category.BACKLOG,
            "Build": Category.ACTIVE,
            "Done": Category.DONE,
            "Dropped": Category.DROPPED,
        }
        stages = tuple(c.NewStage(name, category) for name, category in names.items())
        self.do(c.CreateStream(name="Shop", stages=stages, zone="UTC", prefix="S"))
        self.stages = dict(zip(names, (1, 2, 3, 4), strict=True))

    def do(self, *commands: c.Command) -> None:
        done = self.session.do(*commands)
        assert isinstance(done, ChangeGroup), done

    def add(self, *moves: tuple[str, int], **fields: Any) -> None:
        """Add an item at the first moment, and move it at the others."""
        self.now = moves[0][1]
        self.do(c.AddItem(1, "An item", self.stages[moves[0][0]], fields=fields))
        reader = Reader(self.path)
        number = max(reader.briefs(range(1, 200)), key=lambda one: one.id).id
        reader.close()
        for stage, when in moves[1:]:
            self.now = when
            self.do(c.MoveItem(number, self.stages[stage]))

    def pin(self, **values: Any) -> None:
        said = {"name": f"p{self.now}", "by": "2026-06-10", "odds": 0.85, "only": 1}
        said |= {"pinned_at": at(3), "question": "throughput"}
        self.do(c.AddEntity(PIN, said | values))

    def judged(self, when: int, **options: Any) -> Pins:
        reader = Reader(self.path)
        try:
            return read_pins(reader, as_of=when, **options)
        finally:
            reader.close()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop.db")


def sentences(result: Pins) -> str:
    parts = [part for section in pins_report(result).sections for part in section.parts]
    assert not any(isinstance(part, Table) for part in parts)
    return "\n".join(part.text for part in parts if isinstance(part, Sentence))


def test_what_finishes_after_the_pinning_up_to_the_end_of_its_day_counts(shop: Shop) -> None:
    shop.add(("Build", at(1)), ("Done", at(3, 11)))  # before it was pinned, on the same day
    shop.add(("Build", at(1)), ("Done", at(3, 13)))
    shop.add(("Build", at(1)), ("Done", at(10, 23)))
    shop.add(("Build", at(1)), ("Done", at(11, 0)))  # a day too late
    shop.add(("Build", at(1)), ("Done", at(5)), ("Build", at(9)), ("Done", at(12)))
    for items in (2, 3):
        shop.pin(name=f"{items} items", items=items)
    two, three = sorted(shop.judged(at(30)).pins, key=lambda pin: pin.items or 0)
    assert (two.outcome, two.done, two.came_on) == (Outcome.CAME_TRUE, 2, date(2026, 6, 10))
    assert (three.outcome, three.done, three.of) == (Outcome.MISSED, 2, 3)
    assert [item for item, _ in three.behind] == [3, 2]
    (record,) = shop.judged(at(30)).record
    assert (record.said, record.came_true) == (2, 1)
    text = sentences(shop.judged(at(30)))
    assert "Of pinned forecasts whose day is over 1 of 2 that said 85% came true." in text
    assert "2 items by 10 Jun 2026 with 85% odds: reached on 10 Jun 2026." in text
    assert "3 items by 10 Jun 2026 with 85% odds: only 2 of 3 finished by then." in text


def test_a_day_that_is_not_over_is_open_and_in_no_record(shop: Shop) -> None:
    shop.add(("Build", at(1)), ("Done", at(4)))
    shop.pin(items=1)
    (open_pin,) = shop.judged(at(10, 23)).pins
    assert (open_pin.outcome, open_pin.came_on) == (Outcome.OPEN, date(2026, 6, 4))
    assert shop.judged(at(10, 23)).record == ()
    assert shop.judged(to_micros(datetime(2026, 6, 11, tzinfo=UTC)) - 1).record[0].came_true == 1
    assert shop.judged(at(3, 11)).pins == (), "it was pinned later"


def test_the_past_shows_pins_of_then_and_what_came_of_them(shop: Shop) -> None:
    shop.add(("Build", at(1)), ("Done", at(8)))
    shop.pin(items=1)
    (pin,) = shop.judged(at(6), now=at(30)).pins
    assert (pin.outcome, pin.done, pin.came_of) == (Outcome.OPEN, 0, Outcome.CAME_TRUE)
    text = sentences(shop.judged(at(6), now=at(30)))
    assert "cannot forecast how many finish: no item has finished yet" in text
    assert "Since then: it came true." in text


def test_a_set_of_keys_is_these_items_and_one_of_a_filter_grows(shop: Shop) -> None:
    shop.add(("Build", at(1)), ("Done", at(2)), type="bug")  # over before anything was said
    shop.add(("Build", at(1)), ("Done", at(5)), type="bug")
    shop.add(("Build", at(1)), ("Dropped", at(6)), type="bug")
    shop.pin(name="keys", question="set", keys=("S-2", "S-3"))
    shop.pin(name="filter", question="set", filter="type:bug", only=None)
    shop.add(("Build", at(7)), type="bug")
    pins = {pin.name: pin for pin in shop.judged(at(20)).pins}
    keys, grown = pins["keys"], pins["filter"]
    assert (keys.outcome, keys.done, keys.of) == (Outcome.CAME_TRUE, 2, 2)
    assert keys.came_on == date(2026, 6, 6)
    assert (grown.outcome, grown.done, grown.of) == (Outcome.MISSED, 2, 3)
    assert {item for item, _ in grown.behind} == {2, 3, 4}
    text = sentences(shop.judged(at(20)))
    assert "S-2 and S-3 by 10 Jun 2026 with 85% odds: all over on 6 Jun 2026." in text
    assert "All of type:bug by 10 Jun 2026 with 85% odds: only 2 of 3 over by then." in text
    assert "The set is these items." in text and "The set is all that match by its day." in text


def test_an_item_that_was_dropped_is_not_finished(shop: Shop) -> None:
    shop.add(("Build", at(1)), ("Dropped", at(5)))
    shop.add(("Build", at(1)), ("Done", at(5)))
    for key in ("S-1", "S-2"):
        shop.pin(name=key, question="item", keys=(key,))
    outcomes = {pin.name: pin.outcome for pin in shop.judged(at(20)).pins}
    assert outcomes == {"S-1": Outcome.MISSED, "S-2": Outcome.CAME_TRUE}


def test_odds_of_people_and_others_are_counted_apart(shop: Shop) -> None:
    shop.add(("Build", at(1)), ("Done", at(5)))
    shop.pin(name="ours", items=1, odds=0.5)
    shop.pin(name="theirs", items=5, source="person")
    text = sentences(shop.judged(at(20)))
    assert "Of pinned forecasts whose day is over 1 of 1 that said 50% came true." in text
    assert "Of those with odds that people gave 0 of 1 that said 85% came true." in text


def test_a_pin_that_says_too_little_is_no_miss(shop: Shop) -> None:
    shop.pin(name="no number")
    shop.pin(name="no stream", items=3, only=None)
    shop.pin(name="no filter", filter="(", question="set")
    result = shop.judged(at(20))
    assert {pin.outcome for pin in result.pins} == {Outcome.UNKNOWN}
    assert "none of it is left" in sentences(result)


def test_unusual_odds_are_counted_together(shop: Shop) -> None:
    shop.add(("Build", at(1)), ("Done", at(5)))
    for number, odds in enumerate((0.85, 0.85, 0.621, 0.624, 0.74)):
        shop.pin(name=str(number), items=1 if number else 5, odds=odds)
    assert [(one.odds, one.said) for one in shop.judged(at(20)).record] == [
        *((0.62, 2), (0.74, 1), (0.85, 2)),
    ]
    text = sentences(shop.judged(at(20)))
    assert "1 of 2 that said 85% came true and 3 of 3 that said 66% on average." in text


def test_the_screen_shows_the_latest_of_those_that_are_over(shop: Shop) -> None:
    for number in range(12):
        shop.pin(name=f"old {number}", items=1)
    shop.pin(name="open", items=1, by="2026-12-31")
    (section,) = pin_sections(shop.judged(at(20)))
    words = [part.text for part in section.parts if isinstance(part, Sentence)]
    assert sum("10 Jun 2026 with 85% odds" in text for text in words) == 10
    assert any("31 Dec 2026 with 85% odds" in text for text in words)
    assert words[-1] == "2 older ones: vsm forecast pins lists them."
    assert "0 of 12 that said 85% came true" in words[0]


def test_what_nothing_is_left_of_is_no_miss(shop: Shop) -> None:
    shop.pin(question="set", filter="type:bug")
    result = shop.judged(at(20))
    assert result.pins[0].outcome is Outcome.UNKNOWN and result.record == ()
    assert "All of type:bug by 10 Jun 2026 with 85% odds: none of it is left." in sentences(result)


# -- as people call it -------------------------------------------------------------------


@pytest.fixture
def march(demo: Vsm, monkeypatch: pytest.MonkeyPatch) -> Vsm:
    """The demo without its pins, while the clock says 31 March 2026."""
    now = to_micros(datetime.fromisoformat(MARCH))
    monkeypatch.setattr(CliContext, "now", property(lambda _: now))
    pins = demo.json("forecast", "pins")["pins"]
    assert {pin["outcome"] for pin in pins} == {"came_true", "missed", "open"}
    demo.ok("forecast", "unpin", *(pin["name"] for pin in pins))
    return demo


def pinned(vsm: Vsm) -> Any:
    return valid(vsm.json("forecast", "pins", *STREAM), "forecast-pins")


def test_of_items_day_and_odds_two_are_given_and_the_third_is_forecast(march: Vsm) -> None:
    until = march.json("forecast", "throughput", *STREAM, "--items", "20")["until"][0]
    within = march.json("forecast", "throughput", *STREAM, "--days", "14")["within"][0]
    said = march.ok("forecast", "pin", *STREAM, "--items", "20", "--note", "Steering committee")
    assert said.startswith("pinned the forecast Card issuing: 20 items by ")
    march.ok("forecast", "pin", *STREAM, "--days", "14", "--odds", "50")
    march.ok("forecast", "pin", *STREAM, "--items", "20", "--by", until["p85"])
    march.ok("forecast", "pin", *STREAM, "--items", "99", "--by", "+2w", "--odds", "85")
    dated, counted, rated, claimed = reversed(pinned(march)["pins"])
    assert (dated["items"], dated["by"], dated["odds"]) == (20, until["p85"], 0.85)
    assert (dated["note"], dated["outcome"], dated["done"]) == ("Steering committee", "open", 0)
    assert dated["now"]["by"] == until["p85"] and 0.85 <= dated["now"]["odds"] < 0.9
    assert (counted["items"], counted["by"], counted["odds"]) == (within["p50"], within["by"], 0.5)
    assert rated["odds"] == pytest.approx(dated["now"]["odds"])
    assert (claimed["source"], claimed["by"], claimed["odds"]) == ("person", "2026-04-14", 0.85)
    assert claimed["now"]["odds"] < 0.005
    assert "(<1% by then)" in " ".join(march.ok("forecast", "pins", *STREAM).split())
    assert {pin["source"] for pin in (dated, counted, rated)} == {"vsm"}


def test_items_and_sets_are_pinned_with_their_own_forecasts(march: Vsm) -> None:
    items = march.json("forecast", "items", *STREAM)["items"]
    one, two = [item for item in items if item["p95"] is not None][:2]
    march.ok("forecast", "pin", one["key"])
    march.ok("forecast", "pin", one["key"], two["key"], "--odds", "50")
    march.ok("forecast", "pin", *STREAM, "--filter", "type:bug", "--by", "2026-12-31")
    a_set = march.json("forecast", "set", one["key"], two["key"])
    bugs = march.json("forecast", "set", *STREAM, "--filter", "type:bug", "--by", "2026-12-31")
    item, both, grows = reversed(pinned(march)["pins"])
    assert (item["question"], item["by"], item["of"]) == ("item", one["p85"], 1)
    assert (both["question"], both["by"]) == ("set", a_set["dates"]["p50"])
    assert grows["odds"] == pytest.approx(bugs["growing"]["in_time"], abs=0.001)
    assert grows["of"] == bugs["items"] and grows["now"]["odds"] == grows["odds"]


def test_what_is_over_is_not_pinned(march: Vsm) -> None:
    one = march.json("item", "list", *STREAM, "--where", "is:done")[0]["key"]
    two = march.json("item", "list", *STREAM, "--where", "is:dropped")[0]["key"]
    done = march.json("item", "show", one)["finished"]
    since = day(datetime.fromisoformat(done).astimezone(ZoneInfo("Europe/Berlin")).date())
    words = f"{one} is done since {since}; name items that are still open"
    assert words in march.fails(2, "forecast", "pin", one)
    assert words in march.fails(2, "forecast", "pin", one, "--by", "+2w", "--odds", "85")
    both = march.fails(2, "forecast", "pin", one, two)
    assert f"{one} is done since {since} and {two} is dropped since " in both
    running = march.json("forecast", "items", *STREAM)["items"][-1]["key"]
    march.ok("forecast", "pin", one, running, "--odds", "50")
    assert pinned(march)["pins"][0]["done"] == 1


def test_parts_in_other_streams_count(march: Vsm) -> None:
    far = march.json("forecast", "items", "--stream", "Mobile app")["items"]
    part = next(item["key"] for item in far if item["p85"] is not None)
    near = march.json("forecast", "items", *STREAM)["items"][-1]["key"]
    march.ok("item", "add", "Both", *STREAM, "--key", "BOTH-1")
    for key in (near, part):
        march.ok("item", "link", "BOTH-1", "parent-of", key)
    a_set = march.json("forecast", "set", "BOTH-1")
    assert len(a_set["streams"]) == 2 and a_set["items"] == 2
    march.ok("forecast", "pin", "BOTH-1", "--odds", "50")
    (pin,) = pinned(march)["pins"]
    assert (pin["by"], pin["of"], pin["done"]) == (a_set["dates"]["p50"], 2, 0)
    assert march("item", "move", part, "Done").exit_code == 0
    (pin,) = pinned(march)["pins"]
    assert (pin["of"], pin["done"]) == (2, 1), "what is over in the other stream counts"


def test_a_pin_is_undone_removed_and_refused_read_only(march: Vsm) -> None:
    march.ok("forecast", "pin", *STREAM, "--items", "20")
    march.ok("forecast", "pin", *STREAM, "--items", "20")
    first, second = (pin["name"] for pin in reversed(pinned(march)["pins"]))
    assert second == f"{first} #2"
    march.ok("undo")
    assert len(pinned(march)["pins"]) == 1
    assert "removed the pinned forecast" in march.ok("forecast", "unpin", "card issuing: 20")
    assert "pinned the forecast Card issuing: 20 items" in march.ok("log")
    assert "No forecast is pinned yet." in march.ok("forecast", "pins")
    assert "--read-only was given" in march.fails(
        1, "--read-only", "forecast", "pin", *STREAM, "--items", "20"
    )
    assert march.json("doctor")["ok"] is True


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "say what to pin: --items, --days, --by, --filter or keys"),
        (("--days", "14", "--by", "fri"), "--days and --by exclude each other"),
        (("CARD-1", "--items", "3"), "--items and --days count all that finish"),
        (("CARD-1", "--filter", "type:bug"), "keys and a filter exclude each other"),
        (("NOPE-1",), "NOPE-1"),
        (("--items", "5", "--by", "soon"), "--by: 'soon' is no date"),
        (("--items", "5", "--by", "2026-01-01"), "is before"),
        (("--items", "5", "--by", "2029-01-01"), "give a date within 365 days"),
        (("--items", "99999"), "no day with 85% odds can be foreseen for 99,999 items"),
        (("--days", "1", "--odds", "99"), "not even one item is sure"),
        (("--filter", "blocked"), "what matches changes from moment to moment"),
        (("--filter", "owner:me"), "me is somebody else to others"),
        (("--filter", "nosuchword"), "cannot forecast: no open item matches"),
        (("--filter", "type:bug", "--odds", "60"), "sets are not forecast with 60% odds"),
    ],
)
def test_what_cannot_be_pinned_is_refused(march: Vsm, options: tuple[str, ...], words: str) -> None:
    line = march("forecast", "pin", *STREAM, *options)
    assert line.exit_code == 2 and words in line.stderr, line.output
    assert march.json("forecast", "pins")["pins"] == []


def test_a_copied_journal_is_checked(shop: Shop, tmp_path: Path) -> None:
    shop.pin(name="twenty", items=20)
    vsm = Vsm(shop.path)
    file = tmp_path / "journal.jsonl"
    file.write_text(vsm.ok("export", "journal"))
    copy = Vsm(tmp_path / "copy.db")
    assert copy("import", "journal", str(file)).exit_code == 0
    assert copy.json("forecast", "pins")["pins"][0]["name"] == "twenty"
    entries = [json.loads(line) for line in file.read_text().splitlines()[1:]]
    entries = [{name: row[name] for name in (*COLUMNS, "payload")} for row in entries]
    for values, says in (
        ({"by": "soon"}, "is no date"),
        ({"odds": 1.0}, "is no share"),
        ({"items": 0}, "is no number"),
        ({"question": "when"}, "cannot be read"),
        ({"pinned_at": -3 * 10**15}, "is no moment"),
        ({"only": 9}, "there is no stream 9"),
        ({"keys": [""]}, "is empty"),
    ):

        def change(entry: Entry, values: Entry = values) -> None:
            entry["payload"] |= values

        write_journal(forged(entries, "forecast_pinned", change), file)
        line = Vsm(tmp_path / "forged.db").fails(2, "import", "journal", str(file))
        assert says in line, (values, line)
