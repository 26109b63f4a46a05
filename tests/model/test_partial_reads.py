"""A gate reads of an item no more than its rules name, and its verdicts stay the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.model.conftest import Board
from tests.model.controls import add_control, example, set_mode
from tests.model.test_two_engines import RULES
from vsm.model import command as c
from vsm.model.control.control import Control, Mode, Verdict
from vsm.model.control.engine import Evaluator
from vsm.model.control.evaluation import evaluate, named_facts
from vsm.model.control.evidence import ATTESTED, STATUSES, EvidenceKind
from vsm.model.control.fact_list import FACTS, TOPS, FactType
from vsm.model.control.facts import OnRecord, Part, Record, facts_of, parts_of
from vsm.model.decide.gates import record_of_move
from vsm.model.entities import MEMBER, TEAM
from vsm.model.errors import Refusal
from vsm.model.governance_entities import ALIAS
from vsm.model.item import BlockerKind, LinkKind
from vsm.model.rules import from_micros, iso
from vsm.store.decision_view import Present
from vsm.store.sqlite import connect

WORLDS, CHANGES = 12, 18
PEOPLE = ("anna", "ben", "Ben-On-Github", "lea", "")


class World:
    """A board on which evidence, links, moves and fields change at random."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.board = Board(folder / f"{seed}.db")
        self.board.done(c.AddEntity(TEAM, {"name": "Core"}), c.AddEntity(MEMBER, {"login": "ben"}))
        self.board.done(c.AddEntity(ALIAS, {"name": "ben-on-github", "member": 1}))
        self.board.done(self._emergency_gate(), self._mode())
        for _ in range(CHANGES):
            self.board.at += self.chance.randrange(1, 40) * 3_600_000_000
            # what the rules refuse is no part of this world
            self.board.anna.do(self._change())

    def _emergency_gate(self) -> c.AddEntity:
        rule = "size(change.labels) > 5"
        of = (example("pass", {"labels": list("abcdef")}), example("fail", {"labels": []}))
        return add_control(rule=rule, applies="enter Review", examples=of)

    def _mode(self) -> c.AddEntity:
        return set_mode("controlling", from_micros(self.board.at).date().isoformat())

    def _change(self) -> c.Command:
        item, chance = chance_item(self.chance), self.chance
        kind = chance.choice(("evidence",) * 6 + ("move", "move", "edit", "link", "block"))
        if kind == "evidence":
            return self._evidence(item)
        if kind == "link":
            link = chance.choice((LinkKind.BLOCKS, LinkKind.RELATES))
            return c.LinkItems(item, item % 3 + 1, link)
        if kind == "block":
            return c.BlockItem(item, BlockerKind.EXTERNAL, "waits for a supplier")
        if kind == "edit":
            fields: dict[str, Any] = {"owner": chance.choice(PEOPLE), "service": "expedite"}
            fields |= {"team": chance.choice((1, None)), "due": chance.choice(("2001-09-20", None))}
            return c.EditItem(item, {**fields, "labels": chance.choice((("pilot",), ()))})
        stage = chance.choice(self.board.stream.line).id
        return c.MoveItem(item, stage, emergency="it burns")

    def _evidence(self, item: int) -> c.AddEvidence:
        chance = self.chance
        kind = chance.choice(list(EvidenceKind))
        details: dict[str, Any] = {}
        if kind in (EvidenceKind.REVIEW, EvidenceKind.COMMIT):
            details = {"pr": chance.choice(("7", "8"))}
        elif kind is EvidenceKind.DEPLOYMENT:
            details = {"env": chance.choice(("production", "test"))}
        elif kind is EvidenceKind.PULL_REQUEST:
            details = {"merged_at": iso(self.board.at), "merged_by": "ben-on-github", "sha": "a1"}
        elif kind is EvidenceKind.BUILD:
            details = {"sha": "a1"}
        elif kind is EvidenceKind.ATTESTATION:
            details = {path: self._value(path) for path in chance.sample(ATTESTED, 3)}
        elif kind is EvidenceKind.APPROVAL:
            details = {"kind": chance.choice(("change", "retrospective"))}
        status = chance.choice(STATUSES.get(kind, ("",)))
        ref = chance.choice(("7", "8", "9"))
        by = chance.choice(PEOPLE)
        return c.AddEvidence(item, kind, ref, by=by, status=status, details=details)

    def _value(self, path: str) -> Any:
        if path == "change.dpia.criteria":
            return ["evaluation", "vulnerable"]
        values = {
            FactType.TEXT: "none",
            FactType.TEXTS: ["a", "b"],
            FactType.NUMBER: 30.0,
            FactType.FLAG: True,
            FactType.MOMENT: iso(self.board.at),
        }
        return values[FACTS[path].type]

    def records(self, view: Present, item: int) -> Iterator[tuple[Record, Any]]:
        """The whole record of an item that moves, and what makes one of named facts."""
        current, stream = view.item(item), self.board.stream
        assert current is not None
        team = "" if current.team is None else "Core"
        for stage in stream.line[1:3]:

            def read(named: Any, stage: Any = stage) -> Record:
                mode = Mode.CONTROLLING
                return record_of_move(view, current, stream, stage, mode, team, True, named)

            yield read(TOPS), read

    def close(self) -> None:
        self.board.read.close()
        self.board.anna.close()


def chance_item(chance: random.Random) -> int:
    """One of the three items of a board."""
    return chance.randrange(1, 4)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[World]]:
    folder = tmp_path_factory.mktemp("worlds")
    made = [World(folder, seed) for seed in range(WORLDS)]
    yield made
    for world in made:
        world.close()


def reads(worlds: Sequence[World]) -> Iterator[tuple[World, Record, Any]]:
    """Every record of every world, with what reads a part of it."""
    for world in worlds:
        conn = connect(world.board.path, write=False)
        view = Present(conn, world.board.at, "anna")
        for item in (1, 2, 3):
            for whole, read in world.records(view, item):
                yield world, whole, read
        conn.close()


def control(number: int, rule: str) -> Control:
    """A control with this rule."""
    return Control(number, f"c{number}", "", "", "start", "", rule, "", "low", None, (), (), "")


def test_facts_of_a_partial_read_are_those_of_the_whole_read(worlds: list[World]) -> None:
    seen: Counter[str] = Counter()
    for world, whole, read in reads(worlds):
        change = facts_of(whole)["change"]
        seen.update(name for name, value in change.items() if value)
        some = frozenset(world.chance.sample(sorted(TOPS), 4))
        for named in (*({name} for name in TOPS), some):
            partial = facts_of(read(named), named)["change"]
            assert partial == {name: change[name] for name in named if name in change}, named
    assert TOPS - seen.keys() == set()  # equal says something only of facts that come up


def test_verdicts_of_a_partial_read_are_those_of_the_whole_read(worlds: list[World]) -> None:
    seen: Counter[Verdict] = Counter()
    for world, whole, read in reads(worlds):
        facts = Evaluator(facts_of(whole))
        for count in (1, 2, 5):
            rules = world.chance.sample(sorted(RULES.values()), count)
            called = [(control(n, rule), Mode.CONTROLLING) for n, rule in enumerate(rules)]
            results = evaluate(read(named_facts(one for one, _ in called)), called)
            outcomes = [facts.evaluate(rule) for rule in rules]
            assert [(r.verdict, r.missing, r.problem) for r in results] == [
                (o.verdict, o.missing, o.problem) for o in outcomes
            ]
            seen.update(outcome.verdict for outcome in outcomes)
    assert min(seen[verdict] for verdict in (Verdict.PASS, Verdict.FAIL)) > 20


def test_no_part_is_read_that_no_rule_names(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[frozenset[Part]] = []
    original = Present.on_record

    def noted(self: Present, item: int, asked: frozenset[Part]) -> OnRecord:
        parts.append(asked)
        return original(self, item, asked)

    monkeypatch.setattr(Present, "on_record", noted)
    day = from_micros(board.at).date().isoformat()
    board.done(add_control(), set_mode("supportive", day))
    board.done(c.MoveItem(1, board.stage("Build").id))
    assert parts == []
    linked = "size(change.links) == 0"
    of = (example("pass", {"links": []}), example("fail", {"links": [{"key": "A-1"}]}))
    board.done(add_control(name="free", rule=linked, applies="enter Build", examples=of))
    board.done(c.MoveItem(2, board.stage("Build").id))
    assert parts == [frozenset((Part.LINKS,))]
    board.done(c.MoveItem(2, board.stage("Review").id))
    assert len(parts) == 1


def test_every_part_is_that_of_some_fact() -> None:
    assert parts_of(TOPS) == frozenset(Part)
    assert parts_of({"owner", "started"}) == frozenset()


def test_a_refused_move_needs_waivers_and_one_that_passes_none(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    original = Present.all

    def noted(self: Present, entity: Any) -> Any:
        asked.append(entity.name)
        return original(self, entity)

    monkeypatch.setattr(Present, "all", noted)
    day = from_micros(board.at).date().isoformat()
    board.done(add_control(), set_mode("controlling", day))
    board.done(c.EditItem(1, {"owner": "anna"}))
    asked.clear()
    board.done(c.MoveItem(1, board.stage("Build").id))
    assert "waiver" not in asked
    assert isinstance(board.anna.do(c.MoveItem(2, board.stage("Build").id)), Refusal)
    assert "waiver" in asked
