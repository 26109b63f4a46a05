"""Event logs, as CSV and as XES: cases are items, activities are stages."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vsm.connect.files import event_csv, xes
from vsm.connect.files.parsed_file import ParsedFile
from vsm.model.errors import BadInput
from vsm.model.history import Entry
from vsm.model.rules import to_micros

Read = Callable[..., ParsedFile]


def at(day: int, hour: int = 0, minute: int = 0) -> int:
    return to_micros(datetime(2024, 1, day, hour, minute, tzinfo=UTC))


@pytest.fixture
def log(tmp_path: Path) -> Read:
    """Write a CSV and read it as an event log."""

    def call(text: str | bytes, **options: Any) -> ParsedFile:
        path = tmp_path / "log.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return event_csv.read(path, **({"zone": "UTC"} | options))

    return call


@pytest.fixture
def traces(tmp_path: Path) -> Read:
    """Write XES (the traces alone, or a whole document) and read it."""

    def call(text: str | bytes, name: str = "log.xes", **options: Any) -> ParsedFile:
        if isinstance(text, str) and not text.startswith("<?"):
            text = f'<log xmlns="http://www.xes-standard.org/">\n{text}\n</log>'
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return xes.read(path, **({"zone": "UTC"} | options))

    return call


def paths(reading: ParsedFile) -> dict[str, list[tuple[int, str]]]:
    return {h.key: [(e.at, e.status) for e in h.entries] for h in reading.histories}


HEAD = "case,activity,time,resource,org:group\n"
SMALL = HEAD + (
    "NA,Check,2024-01-02T09:00:00Z,ann,Core\n"
    "7,New,2024-01-01,,\n"
    "NA,Pay,2024-01-03T09:00:00Z,bob,\n"
    "7,Check,2024-01-05,ann,Risk\n"
    "NA,New,2024-01-01T09:00:00+01:00,,Desk\n"
)


def test_events_are_brought_to_their_cases_and_into_their_order(log: Read) -> None:
    parsed = log(SMALL)
    assert paths(parsed) == {
        "NA": [(at(1, 8), "New"), (at(2, 9), "Check"), (at(3, 9), "Pay")],
        "7": [(at(1), "New"), (at(5), "Check")],
    }
    first = parsed.histories[0]
    assert first.entries[1] == Entry(at(2, 9), "Check", "", "ann")
    assert (first.title, first.owner, first.team) == ("NA", "bob", "Core")
    assert (first.where, parsed.histories[1].where) == ("log.csv line 2", "log.csv line 3")
    assert parsed.counts == {"cases": 2, "events": 5, "variants": 2}
    assert parsed.read_as["case"] == "case" and parsed.read_as["times without a zone"] == "UTC"


def test_events_of_one_time_keep_the_order_of_the_file(log: Read) -> None:
    rows = ["1,B,2024-01-01", "1,A,2024-01-01", "1,C,2024-01-01", "1,Z,2023-12-31"]
    parsed = log("case,activity,time\n" + "\n".join(rows))
    assert [e.status for e in parsed.histories[0].entries] == ["Z", "B", "A", "C"]


def test_columns_are_recognised_by_the_names_that_tools_give_them(log: Read) -> None:
    head = "case:concept:name;concept:name;time:timestamp;org:resource;case:deadline;Name;Tags\n"
    parsed = log(
        head + "1;New;2024/01/01 10:00:00;ann;2024-02-03 00:00:00+01:00;A  title;x | y|x\n"
    )
    (item,) = parsed.histories
    assert (item.title, item.labels, item.due) == ("A title", ("x", "y"), "2024-02-02")
    assert item.entries == (Entry(at(1, 10), "New", "", "ann"),)


def test_columns_are_named_where_they_have_other_names(log: Read) -> None:
    text = "Nr,When,Step,When\n1,2024-01-01,New,x\n"
    columns = {"case": "nr", "activity": "STEP"}
    with pytest.raises(BadInput, match="has 2 columns 'When', given with --time"):
        log(text, columns=columns | {"time": "When"})
    with pytest.raises(BadInput, match=r"no column 'Day', given with --time. there are Nr, When"):
        log(text, columns=columns | {"time": "Day"})
    with pytest.raises(BadInput, match=r"no column for the case id. name it with"):
        log(text)
    text = text.replace("Step,When", "Step,Who")
    (item,) = log(text, columns=columns | {"time": "When", "resource": "Who"}).histories
    assert item.owner == "x"
    (item,) = log(
        SMALL.splitlines()[0] + "\n1,A,2024-01-01,ann,Core", columns={"team": ""}
    ).histories
    assert item.team is None


def test_the_last_fields_of_a_case_count(log: Read) -> None:
    head = "case,activity,time,title,type,points,due,owner\n"
    rows = [
        "1,A,2024-01-01,Old,bug,,,",
        '1,B,2024-01-02,New,,"2,5",31/12/2024,cy',
        "1,C,2024-01-03,,,,,",
    ]
    (item,) = log(head + "\n".join(rows)).histories
    assert (item.title, item.type, item.estimate) == ("New", "bug", 2.5)
    assert (item.due, item.owner) == ("2024-12-31", "cy")


def test_with_starts_an_item_is_in_the_stage_from_the_start_on(log: Read) -> None:
    rows = [
        "1,Check,2024-01-01,start", "1,Pay,2024-01-02,schedule", "1,Check,2024-01-03,complete",
        "1,Pay,2024-01-04,START", "1,Pay,2024-01-05,complete", "1,Close,2024-01-06,complete",
        "2,Pay,2024-01-06,withdraw",
    ]  # fmt: skip
    parsed = log("case,activity,time,lifecycle:transition\n" + "\n".join(rows))
    assert paths(parsed) == {"1": [(at(1), "Check"), (at(4), "Pay"), (at(6), "Close")]}
    assert parsed.counts == {"cases": 2, "events": 7, "variants": 2}
    assert [s.why for s in parsed.skipped] == ["2 has no event that begins an activity"]
    assert "3 events begin no activity" in parsed.notes[0].why


def test_transitions_that_are_states_of_their_own_can_be_joined(log: Read) -> None:
    rows = ["1,Accepted,2024-01-01,In Progress", "1,Accepted,2024-01-02,Wait", "1,Done,2024-01-03,"]
    text = "case,activity,time,lifecycle\n" + "\n".join(rows)
    assert [s for _, s in paths(log(text))["1"]] == ["Accepted", "Accepted", "Done"]
    joined = log(text, joined=True)
    assert [s for _, s in paths(joined)["1"]] == ["Accepted/In Progress", "Accepted/Wait", "Done"]


def test_times_without_a_zone_are_those_of_the_zone(log: Read) -> None:
    parsed = log("case,activity,time\n1,A,2024-01-01 12:00\n", zone="Asia/Tokyo")
    assert paths(parsed) == {"1": [(at(1, 3), "A")]}
    assert parsed.read_as["times without a zone"] == "Asia/Tokyo"


def test_the_very_last_row_may_decide_the_order_of_a_date(log: Read) -> None:
    body = "".join(f"{n},A,1/2/2024\n" for n in range(20_000))
    parsed = log("case,activity,time\n" + body + "x,A,13/2/2024\n")
    assert parsed.read_as["dates"] == "day-month-year"
    assert paths(parsed)["0"] == [(to_micros(datetime(2024, 2, 1, tzinfo=UTC)), "A")]
    with pytest.raises(BadInput, match=r"log.csv line 2, field time: '1/2/2024' is ambiguous"):
        log("case,activity,time\n" + body)
    with pytest.raises(BadInput, match=r"log.csv line 20003, field time: '2/13/2024' has day"):
        log("case,activity,time\n" + body + "x,A,13/2/2024\ny,A,2/13/2024\n")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",A,2024-01-01,,", "log.csv line 3, field case is empty"),
        ("1,  ,2024-01-01,,", "log.csv line 3, field activity is empty"),
        ("1,A,,,", "log.csv line 3, field time: '' is no time"),
        ("1,A,soon,,", "log.csv line 3, field time: 'soon' is no time"),
        ("1,A,2024-13-01,,", "log.csv line 3, field time: '2024-13-01' is no time"),
        ("1,A,1066-01-01,,", "log.csv line 3, field time: '1066-01-01' is no time between"),
        (f"1,{'x' * 256},2024-01-01,,", "log.csv line 3, field activity: a name of 256"),
        (f"{'x' * 256},A,2024-01-01,,", "log.csv line 3, field case: a name of 256"),
        ("1,A,2024-01-01", "log.csv line 3 has 3 columns"),
    ],
)
def test_a_malformed_row_is_refused_with_its_line_and_field(
    log: Read, row: str, message: str
) -> None:
    with pytest.raises(BadInput) as caught:
        log(f"{HEAD}1,A,2024-01-01,,\n{row}\n")
    assert message in str(caught.value)


def test_malformed_fields_of_an_item_are_refused_too(log: Read) -> None:
    head = "case,activity,time,points,due\n1,A,2024-01-01,,\n"
    with pytest.raises(BadInput, match=r"log.csv line 3, field points: 'much' is no estimate"):
        log(head + "2,A,2024-01-01,much,\n")
    with pytest.raises(BadInput, match=r"log.csv line 3, field due: 'soon' is no time"):
        log(head + "2,A,2024-01-01,,soon\n")


def test_a_log_may_be_packed(log: Read) -> None:
    assert paths(log(gzip.compress(SMALL.encode()))) == paths(log(SMALL))
    with pytest.raises(BadInput, match=r"log.csv cannot be unpacked"):
        log(gzip.compress(SMALL.encode())[:-12])


# -- XES ---------------------------------------------------------------------------------


def event(name: str, when: str, **more: str) -> str:
    attributes = {"concept:name": name, **{k.replace("_", ":"): v for k, v in more.items()}}
    values = "".join(f'<string key="{k}" value="{v}"/>\n' for k, v in attributes.items())
    return f'<event>\n{values}<date key="time:timestamp" value="{when}"/>\n</event>'


TRACE = (
    '<trace><string key="concept:name" value="NA"/><string key="title" value="A &lt;b&gt;"/>'
    '<date key="deadline" value="2024-02-03T00:00:00Z"><string key="title" value="no"/></date>'
    + event("Check", "2024-01-02T09:00:00Z", org_resource="ann", org_group="Core")
    + event("New", "2024-01-01T09:00:00+01:00")
    + "</trace>"
)


def test_traces_are_items(traces: Read) -> None:
    head = '<global scope="trace"><string key="concept:name" value="UNKNOWN"/></global>'
    parsed = traces(head + TRACE + '<trace><string key="concept:name" value="2"/></trace>')
    (item,) = parsed.histories
    assert item.entries == (Entry(at(1, 8), "New"), Entry(at(2, 9), "Check", "", "ann"))
    assert (item.key, item.title, item.due) == ("NA", "A <b>", "2024-02-03")
    assert (item.owner, item.team, item.where) == ("ann", "Core", "log.xes line 2")
    assert parsed.counts == {"cases": 1, "events": 2, "variants": 1}
    assert [s.why for s in parsed.skipped] == ["2 has no events"]


def test_an_event_without_a_trace_is_noted_and_two_traces_of_one_case_are_one(traces: Read) -> None:
    again = TRACE.replace("Check", "Pay").replace("2024-01-02", "2024-01-04")
    parsed = traces(TRACE + again + event("Lost", "2024-01-01"))
    assert [s for _, s in paths(parsed)["NA"]] == ["New", "New", "Check", "Pay"]
    assert "more than one trace" in parsed.notes[0].why
    assert parsed.skipped[0].why == "1 events belong to no trace"


def test_lifecycle_and_packing_are_as_in_csv(traces: Read) -> None:
    text = (
        '<trace><string key="concept:name" value="1"/>'
        + event("A", "2024-01-01T00:00", lifecycle_transition="start")
        + event("A", "2024-01-02T00:00", lifecycle_transition="complete")
        + "</trace>"
    )
    packed = gzip.compress(f"<log>{text}</log>".encode())
    parsed = traces(packed, "log.xes.gz", zone="Europe/Berlin")
    assert paths(parsed) == {"1": [(at(1) - 3_600_000_000, "A")]}
    assert [s for _, s in paths(traces(text, joined=True))["1"]] == ["A/start", "A/complete"]


LAUGHS = (
    '<?xml version="1.0"?>\n<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>\n'
    '<log><trace><string key="concept:name" value="&b;"/></trace></log>'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "log.xes line 2 declares a document type or entities"),
        (
            '<?xml version="1.0"?>\n<!DOCTYPE log SYSTEM "file:///etc/passwd">\n<log/>',
            "log.xes line 2 declares a document type or entities",
        ),
        ("<trace>", "log.xes line 3, column 3: this is not valid XML (mismatched tag)"),
        ('<?xml version="1.0"?>\n<log><trace>', "this is not valid XML (no element found)"),
        ('<?xml version="1.0"?><html></html>', "no XES log: it begins with 'html'"),
        ('<?xml version="1.0" encoding="klingon"?><log/>', "log.xes line 1"),
        (b"case,activity\n", "log.xes line 1: this is no XML"),
        (b"\x89PNG\0", "log.xes line 1: this is no XML"),
        (b"", "log.xes is empty"),
        ("", "log.xes has no events"),
        ("<string key='a' value='\0'/>", "log.xes line 2"),
        (b"<log>\n<string key='a' value='\xff'/></log>", "log.xes line 2, column"),
        (f"<trace>{event('A', '2024-01-01')}</trace>", "line 2, field concept:name: the trace"),
        (TRACE.replace('<string key="concept:name" value="New"/>', ""), "the event has none"),
        (TRACE.replace("2024-01-01T09", "soon"), "log.xes line 9, field time:timestamp: 'soon"),
        (TRACE.replace('"time:timestamp"', '"when"'), "field time:timestamp: the event has none"),
        (TRACE.replace("New", "x" * 256), "log.xes line 8, field concept:name: a name of 256"),
        ("<a>" * 300, "log.xes line 2: tags are nested deeper than 200"),
    ],
)  # fmt: skip
def test_what_is_no_log_is_refused_with_its_line(
    traces: Read, text: str | bytes, message: str
) -> None:
    with pytest.raises(BadInput) as caught:
        traces(text)
    assert message in str(caught.value)


def test_an_endless_tag_is_refused_before_it_fills_the_memory(
    traces: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xes, "TAG_MAX", 1 << 18)
    packed = gzip.compress(b'<log>\n<string key="a" value="' + b"x" * (1 << 20))
    with pytest.raises(BadInput, match=r"log.xes line 2 has a tag of more than 256 KiB"):
        traces(packed)
