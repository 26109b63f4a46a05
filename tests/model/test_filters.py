"""The filter language: what a text means, what is refused, and that SQL means the same."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples.streams import kanban
from vsm.features.forecast.item_reading import read_item_forecasts
from vsm.model import command as c
from vsm.model.entities import MEMBER, TEAM
from vsm.model.item import BlockerKind, flow_type
from vsm.model.query import (
    Facts,
    Levels,
    asks_for_late_risk,
    matches,
    resolve,
    with_late_risks,
)
from vsm.model.query_parser import IS, parse
from vsm.model.query_tree import Query, QueryError
from vsm.model.rules import (
    LEVELS,
    Days,
    as_of,
    day_start,
    finish_of,
    local,
    nearest_rank,
    start_of,
    state_of,
)
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
    blocked_for=6,
    age=12,
    idle=7,
    state="in progress",
    due="2026-03-01",
    created="2026-02-10",
    updated="2026-02-27",
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
        "age>11d age<=2w",
        "idle>5d idle=7",
        "Blocked>5d",
        "is:open",
        "is:in-progress,done",
        "IS:Blocked",
        "created>=2026-02-10 created<2026-02-11",
        "updated>2026-02-26",
        "team:risk or blocked",
        "team:risk OR (blocked and owner:anna)",
        "not team:risk",
        "not (team:risk or stage:build)",
        "-(team:risk or stage:build)",
        "(team:core)",
        "(3ds flow)",
        "team:core or team:risk owner:bob",
        '"challenge flow" or "or"',
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
        "idle>7",
        "blocked>6d",
        "is:done",
        "is:closed or is:not-started",
        "created<2026-02-10",
        "updated>=2026-02-28",
        "(team:core or team:risk) owner:bob",
        "not blocked",
        "not (team:risk or stage:rev)",
        "stale",
        "late-risk",
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
        ("foo:bar", 1, "no field 'foo'"),
        ("blocked xyz>3", 9, "xyz cannot be compared: age, pace, idle"),
        ("xyz=3", 1, "cannot be compared"),
        ("größe>=3", 1, "cannot be compared"),
        ("x.y-z<3", 1, "cannot be compared"),
        ("age >5", 5, "without blanks: age>5"),
        ("age> 5", 1, "age: give days"),
        ("age!=5", 1, "not with !="),
        ("age==5", 1, "not with =="),
        ("age:5", 1, "age is compared: write age>5d"),
        ("due:fri", 1, "write due<=fri"),
        ("team=core", 1, "write team:core"),
        ("is>open", 1, "write is:open"),
        ("is:opne", 4, "has no opne: use open"),
        ("is:open,opne", 9, "has no opne"),
        ("idle>p85", 1, "idle: give days: idle>5d"),
        ("pace>10", 1, "pace>p85"),
        ("created>=soon", 1, "give a date"),
        ("(blocked", 1, "no \\) for this"),
        ("blocked)", 8, "no \\( for this"),
        ("team:core)", 10, "no \\( for this"),
        ("a ()", 3, "nothing in the parentheses"),
        ("or blocked", 1, "between two terms"),
        ("blocked or", 9, "between two terms"),
        ("a (b or) c", 6, "between two terms"),
        ("a or or b", 6, "between two terms"),
        ("a and or b", 7, "between two terms"),
        ("not", 1, "needs a term"),
        ("(not) a", 2, "needs a term"),
        ("a || b", 3, "write or between"),
        ("(" * 30 + "a" + ")" * 30, 22, "within each other"),
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


class Edits(list[tuple[int, Facts]]):
    """Fields as they were until a moment, in the order of the moments."""

    def __repr__(self) -> str:
        return f"{len(self)} edits"  # Hypothesis writes arguments out


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reader, dict[str, Facts], Edits]:
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
    fields: dict[str, Facts] = {}
    then = Edits()
    reader = Reader(path)
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
        if n % 5 == 0:
            session.do(c.BlockItem(item.id, BlockerKind.OTHER, "stuck"))
        fields[item.key] = Facts(
            key=item.key,
            title=item.title,
            labels=item.labels,
            team=team,
            owner=item.owner,
            type=item.type,
            flow_type=flow_type(item.type),
            service=service,
            owner_name=names.get(item.owner or ""),
            due=due,
        )
        if n == 40:
            clock[0] += HOUR
            session.do(c.UnblockItem(6), c.EditItem(8, {"estimate": 3}))
        if n in (30, 50):
            for changed in (3, 4, n - 5):  # some of them twice
                clock[0] += HOUR
                before = fields[f"W-{changed}"]
                after = {
                    "title": f"{TITLES[(changed + n) % 8]} anew",
                    "description": "Ängström",
                    "team": teams[list(teams)[changed % 3]],
                    "owner": WORDS[changed % 12],
                    "labels": (WORDS[(changed + n) % 12],),
                    "type": "Chore" if before.type != "Chore" else "Bug",
                    "service": "expedite" if before.service != "expedite" else "standard",
                    "due": "2026-03-12",
                }
                assert isinstance(session.do(c.EditItem(changed, after)), ChangeGroup)
                then.append((clock[0], before))
                edited = reader.item(changed)
                assert edited is not None
                fields[before.key] = before._replace(
                    title=edited.title,
                    description=edited.description,
                    labels=edited.labels,
                    team=list(teams)[changed % 3],
                    owner=edited.owner,
                    owner_name=names.get(edited.owner or ""),
                    type=edited.type,
                    flow_type=flow_type(edited.type),
                    service=edited.service,
                    due=edited.due,
                )
    for n in range(8):  # finished after 4, 8, … days
        clock[0] += 4 * 24 * HOUR
        session.do(c.MoveItem(n * 5 + 2, stages["Done"]))
    clock[0] += HOUR
    session.do(c.MoveItem(2, stages["Build"], reason="room"))
    assert clock[0] < NOW
    session.close()
    return reader, fields, then


@pytest.fixture(scope="module")
def board(world: tuple[Reader, dict[str, Facts], Edits]) -> tuple[Reader, dict[str, Facts]]:
    return world[0], world[1]


def fields_of_then(fields: dict[str, Facts], edits: Edits, at: int) -> dict[str, Facts]:
    """The fields of a moment: the latest edits taken back first."""
    return fields | {before.key: before for until, before in reversed(edits) if until > at}


def facts_at(reader: Reader, fields: dict[str, Facts], at: int) -> dict[str, Facts]:
    """What is known of each item at a moment, by the definitions in ``vsm.model.rules``."""
    stream, days = reader.stream_named("Work"), Days(ZONE)
    out = {}
    for item, visits, blocks, _ in reader.whole(stream):
        known = as_of(visits, at)
        if not known:
            continue
        stage, state, start = stream.stage(known[-1].stage), state_of(known, stream), None
        is_open = state in ("not started", "in progress")
        if is_open:
            start = start_of(known, stream)
        blocker = [b for b in blocks if b.started <= at and (b.ended is None or b.ended > at)]
        updated = max(change.at for change in reader.log(item=item.id) if change.at <= at)
        out[item.key] = fields[item.key]._replace(
            id=item.id,
            stage=stage.name,
            stage_id=stage.id,
            state=state,
            blocked=bool(blocker),
            blocked_for=days.between(blocker[-1].started, at) if blocker else None,
            age=None if start is None else days.between(start, at),
            idle=days.between(known[-1].entered, at) if is_open else None,
            elapsed=at - known[-1].entered,
            created=local(visits[0].entered, ZONE).date().isoformat(),
            updated=local(updated, ZONE).date().isoformat(),
        )
    return out


def levels_at(reader: Reader, at: int) -> Levels:
    """What ages and stays are held against at a moment, by the same definitions."""
    stream, days = reader.stream_named("Work"), Days(ZONE)
    cycles, stays = [], dict[int, list[int]]()
    last = max(v.entered for _, visits, *_ in reader.whole(stream) for v in as_of(visits, at))
    end = at if at - last <= 14 * 24 * HOUR else last
    first = day_start(local(end, ZONE).date() - timedelta(days=89), ZONE)
    for _, visits, *_ in reader.whole(stream):
        known = as_of(visits, at)
        finish = finish_of(known, stream) if known else None
        if finish is None or finish < first:
            continue
        start = start_of(known, stream)
        if start is not None:
            cycles.append(days.between(start, finish))
        for stage in {v.stage for v in known}:
            if not stream.stage(stage).category.ended:
                spent = sum((v.left or 0) - v.entered for v in known if v.stage == stage)
                stays.setdefault(stage, []).append(spent)
    pace = reader.past_pace(stream, at)
    return Levels(
        lambda p: nearest_rank(sorted(cycles), p) if cycles else None,
        lambda p: {stage: ages[LEVELS.index(p)] for stage, ages in pace.items()},
        lambda: {stage: nearest_rank(sorted(spent), 85) for stage, spent in stays.items()},
    )


def with_risks(
    query: Query, reader: Reader, facts: dict[str, Facts], at: int, *, present: bool = False
) -> Query:
    """The query with what ``late-risk`` means: by the forecasts, else what is late already."""
    if not asks_for_late_risk(query):
        return query
    stream, today = reader.stream_named("Work"), local(at, ZONE).date().isoformat()
    result = read_item_forecasts(reader, stream, as_of=at, present=present)
    late = set()
    for one in result.items:
        fact = facts[one.key]
        if one.in_time is not None:
            is_late = one.in_time < 0.5
        elif fact.due is not None:
            is_late = fact.due < today
        else:
            is_late = bool(one.age and result.sle_days and one.age > result.sle_days)
        if is_late:
            late.add(one.id)
    return with_late_risks(query, late)


SIGNS = st.sampled_from(["<", "<=", ">", ">=", "="])
MINUS = st.sampled_from(["", "-", "not "])
terms = st.one_of(
    st.builds(
        lambda minus, word: f"{minus}{word}",
        MINUS,
        st.sampled_from(
            ["blocked", "stale", "overdue", "late-risk", "is:stale,done", *(f"is:{s}" for s in IS)]
        ),
    ),
    st.builds(
        lambda minus, sign, value: f"{minus}age{sign}{value}",
        MINUS,
        SIGNS,
        st.sampled_from(["0", "1", "2", "p1", "p50", "p85", "p99", "999999"])
        | st.integers(20, 75).map(str),
    ),
    st.builds(
        lambda minus, name, sign, value: f"{minus}{name}{sign}{value}",
        MINUS,
        st.sampled_from(["idle", "blocked"]),
        SIGNS,
        st.sampled_from(["0", "1d", "2w", "999999d"]) | st.integers(1, 75).map(str),
    ),
    st.builds(
        lambda minus, sign, value: f"{minus}pace{sign}p{value}",
        MINUS,
        SIGNS,
        st.sampled_from(LEVELS),
    ),
    st.builds(
        lambda minus, name, sign, value: f"{minus}{name}{sign}{value}",
        MINUS,
        st.sampled_from(["due", "created", "updated"]),
        SIGNS,
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


queries = st.recursive(
    st.lists(terms, min_size=1, max_size=3).map(" ".join),
    lambda inner: st.lists(inner, min_size=2, max_size=3).flatmap(
        lambda parts: st.sampled_from(
            [
                " or ".join(parts),
                " OR ".join(f"({part})" for part in parts),
                " and ".join(f"({part})" for part in parts),
                f"-({' or '.join(parts)})",
                f"not ({parts[0]}) ({parts[1]})",
            ]
        )
    ),
    max_leaves=4,
)


@settings(max_examples=300)
@given(queries)
def test_sql_finds_exactly_what_the_filter_means(
    board: tuple[Reader, dict[str, Facts]], text: str
) -> None:
    reader, fields = board
    stream = reader.stream_named("Work")
    query = parse(text, me="anna")
    result = {card.key for card in reader.items(stream, query, NOW, limit=1000)}
    facts = facts_at(reader, fields, NOW)
    query = with_risks(query, reader, facts, NOW, present=True)
    query = resolve(query, levels_at(reader, NOW), local(NOW, ZONE).date())
    assert len(facts) == 72
    assert result == {key for key, fact in facts.items() if matches(query, fact)}


@settings(max_examples=150)
@given(queries, st.integers(0, 75 * 24))
def test_the_past_finds_what_the_filter_meant_then(
    world: tuple[Reader, dict[str, Facts], Edits], text: str, hours: int
) -> None:
    reader, fields, edits = world
    stream, at = reader.stream_named("Work"), NOW - hours * HOUR
    facts = facts_at(reader, fields_of_then(fields, edits, at), at)
    if not facts:
        return
    query = parse(text, me="anna")
    past, whole = reader.past(stream, query, at), reader.past(stream, Query(), at)
    data, _ = reader.flow(stream, query, at)
    keys = reader.keys_of(range(1, 73))
    query = with_risks(query, reader, facts, at)
    query = resolve(query, levels_at(reader, at), local(at, ZONE).date())
    fit = {key for key, fact in facts.items() if matches(query, fact)}
    assert {keys[item] for item in data.history.item.tolist()} == fit
    assert {keys[item] for item in past.stood.flow} == fit & {keys[i] for i in whole.stood.flow}
