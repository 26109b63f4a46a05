"""The filter language: what a text means, what is refused, and that SQL means the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples.streams import kanban
from vsm.model import command as c
from vsm.model.entities import MEMBER, TEAM
from vsm.model.item import flow_type
from vsm.model.query import Facts, Query, QueryError, matches, parse, resolve
from vsm.model.rules import Days, day_start, local, nearest_rank
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session

ZONE = "Europe/Berlin"
HOUR = 3_600_000_000
NOW = day_start(date(2026, 4, 18), ZONE) + 9 * HOUR
CARD = Facts(
    key="PAY-131",
    title="3DS challenge flow",
    labels=("Scheme", "q3 goal"),
    team="Core Banking",
    owner="Anna.Kern",
    owner_name="Zoë Kern",
    type="Bug",
    flow_type="defect",
    service="expedite",
    stage="Review",
    blocked=True,
    age=12,
    due="2026-03-01",
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3ds",
        '"challenge flow"',
        "pay-131 FLOW",
        "team:core",
        'team:"core banking"',
        "team:risk,core",
        "owner:anna",
        "owner:me",
        "type:bug",
        "type:defect",
        "class:expedite",
        "blocked",
        "-team:risk",
        "label:q3",
        'label:"q3 goal"',
        "stage:rev",
        "key:pay-1",
        "-owner:none blocked",
        "scheme",
        "owner:zoë",
        'owner:"zoë kern"',
        "age>11",
        "AGE>=12 age<=12 age=12",
        "age<13",
        "due<2026-03-02",
        "due=2026-03-01",
    ],
)
def test_this_finds_the_card(text: str) -> None:
    assert matches(parse(text, me="anna.kern"), CARD)


@pytest.mark.parametrize(
    "text",
    [
        "4ds",
        '"flow challenge"',
        "team:banking",
        'team:"core"',
        "-blocked",
        "-3ds",
        "owner:none",
        'label:"q3"',
        'key:"pay-13"',
        "type:feature",
        "team:core owner:bob",
        "age>12",
        "age<12",
        "-age>1",
        "due>2026-03-01",
    ],
)
def test_this_does_not_find_it(text: str) -> None:
    assert not matches(parse(text, me="anna.kern"), CARD)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("tem:core", 1, "team, owner, type"),
        ("blocked tem:core", 9, "no field 'tem'"),
        ("team:", 6, "needs a value"),
        ("team:a,", 8, "needs a value"),
        ('"open', 1, "not closed"),
        ('""', 1, "empty text"),
        ("blocked age>old", 9, "age>10, age>p85"),
        ("age>p100", 1, "percentile"),
        ("due<=someday", 1, "today, tomorrow"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_column(text: str, column: int, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        parse(text)
    assert caught.value.column == column


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_a_clear_refusal(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert 1 <= error.column <= len(text) + 1
    else:
        assert isinstance(query, Query)


# -- SQL means the same --------------------------------------------------------------

WORDS = (
    "Anna",
    "ANNA",
    "Ängström",
    "ß",
    "none",
    "me",
    "İstanbul",
    "a%b",
    "a_b",
    "x'y",
    "ﬁn",
    "o k",
)
TITLES = ("Token vault", "token  VAULT", "50% off_", "Straße", "blocked", "Ünï", "日本 語", "a-b")


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reader, dict[str, Facts]]:
    path: Path = tmp_path_factory.mktemp("filters") / "board.db"
    clock = [day_start(date(2026, 2, 1), ZONE)]
    session = Session(path, actor="anna", clock=lambda: clock[0])
    session.do(
        kanban("Work", ZONE, "W"), *(c.AddEntity(TEAM, {"name": name}) for name in WORDS[:6:2])
    )
    session.do(
        c.AddEntity(MEMBER, {"login": WORDS[0], "name": "Zoë Anders"}),
        c.AddEntity(MEMBER, {"login": WORDS[3], "name": "none"}),
    )
    names = {member.login: member.name for member in Reader(path).members()}
    facts: dict[str, Facts] = {}
    reader = Reader(path)
    days = Days(ZONE)
    teams = {team.name: team.id for team in reader.teams()}
    stages = {s.name: s.id for s in reader.stream_named("Work").stages}
    for n in range(72):
        clock[0] += 11 * HOUR
        team = [None, *teams][n % (len(teams) + 1)]
        owner = [None, *WORDS][n % 13]
        labels = tuple(dict.fromkeys((WORDS[n % 12], WORDS[(n * 5) % 12])))[: n % 3]
        title, kind = TITLES[n % 8], ("Bug", "story", "Chore", "none")[n % 4]
        service = ("standard", "expedite", "fixed-date", "intangible")[n % 4]
        stage = list(stages)[n % 5]
        due = [None, f"2026-03-{n % 28 + 1:02}"][n % 2]
        done = session.do(
            c.AddItem(
                1,
                title,
                stage=stages[stage],
                reason="room",
                fields={
                    "owner": owner,
                    "team": teams.get(team or ""),
                    "labels": labels,
                    "type": kind,
                    "service": service,
                    "due": due,
                },
            )
        )
        assert isinstance(done, ChangeGroup)
        item = reader.item(n + 1)
        assert item is not None
        blocked = n % 5 == 0
        if blocked:
            session.do(c.BlockItem(item.id, c.BlockerKind.OTHER, "stuck"))
        facts[item.key] = Facts(
            key=item.key,
            title=item.title,
            labels=item.labels,
            team=team,
            owner=item.owner,
            type=item.type,
            flow_type=flow_type(item.type),
            service=service,
            stage=stage,
            blocked=blocked,
            owner_name=names.get(item.owner or ""),
            due=due,
            age=days.between(clock[0], NOW) if stage in ("Ready", "Build", "Review") else None,
        )
    for n in range(8):  # finished after 4, 8, … days
        clock[0] += 4 * 24 * HOUR
        session.do(c.MoveItem(n * 5 + 2, stages["Done"]))
        facts[f"W-{n * 5 + 2}"] = replace(facts[f"W-{n * 5 + 2}"], stage="Done", age=None)
    assert clock[0] < NOW
    session.close()
    return reader, facts


terms = st.one_of(
    st.sampled_from(["blocked", "-blocked"]),
    st.builds(
        lambda minus, sign, value: f"{minus}age{sign}{value}",
        st.sampled_from(["", "-"]),
        st.sampled_from(["<", "<=", ">", ">=", "="]),
        st.sampled_from(["0", "1", "2", "p1", "p50", "p85", "p99", "999999"])
        | st.integers(20, 75).map(str),
    ),
    st.builds(
        lambda minus, sign, value: f"{minus}due{sign}{value}",
        st.sampled_from(["", "-"]),
        st.sampled_from(["<", "<=", ">", ">=", "="]),
        st.sampled_from(["today", "-30d", "+2w", "fri", "2026-03-12", "2026-03-13"]),
    ),
    st.builds(
        lambda minus, name, value, quoted: f"{minus}{name}:" + (f'"{value}"' if quoted else value),
        st.sampled_from(["", "-"]),
        st.sampled_from(["team", "owner", "type", "class", "label", "stage", "key"]),
        st.sampled_from([*WORDS[:-1], "ex", "rea", "w-1", "w-12", "def", "bug,story", "anna,none"]),
        st.booleans(),
    ),
    st.builds(
        lambda minus, word: f'{minus}"{word}"',
        st.sampled_from(["", "-"]),
        st.sampled_from([*TITLES, *WORDS, "W-7", "%", "_", "vault"]),
    ),
)


@settings(max_examples=300)
@given(st.lists(terms, max_size=4).map(" ".join))
def test_sql_finds_exactly_what_the_filter_means(
    board: tuple[Reader, dict[str, Facts]], text: str
) -> None:
    reader, facts = board
    stream = reader.stream_named("Work")
    query = parse(text, me="anna")
    result = {card.key for card in reader.items(stream, query, NOW, limit=1000)}
    cycles = sorted(
        card.cycle for card in reader.items(stream, Query(), NOW, limit=1000) if card.cycle
    )
    assert len(cycles) == 8
    query = resolve(query, lambda p: nearest_rank(cycles, p), local(NOW, ZONE).date())
    assert result == {key for key, fact in facts.items() if matches(query, fact)}
