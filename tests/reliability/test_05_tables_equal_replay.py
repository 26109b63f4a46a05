"""Promise 5: the tables are what a replay of the journal gives, whatever people do."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.reliability.histories import history, plan_of
from tests.reliability.support import checked, organisation, tables
from vsm.model import command as c
from vsm.model.declared import TimeBasis
from vsm.model.entities import MEMBER, TEAM, VIEW
from vsm.model.errors import Refusal, VsmError
from vsm.model.group_limit import GroupLimit
from vsm.model.item import BlockerKind, ClassOfService, DependencyState, LinkKind
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.stream import Category, EdgeKind
from vsm.session import Session
from vsm.store.sqlite import sqlite3
from vsm.store.writer import clock

pytestmark = pytest.mark.promise(5)

PEOPLE = (("anna", "tui"), ("bob", "tui"), ("anna", "cli"))
"""Three sessions on one file, two of them of one person."""

who = st.integers(0, len(PEOPLE) - 1)
pick = st.integers(0, 10_000)
words = st.one_of(
    st.sampled_from(
        ["Fee table", "SEPA batch", "[/x] [@click=app.quit]", "\x1b]52;c;AA==\x07", "é́ 🧪"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "title": words,
        "description": words,
        "type": st.sampled_from(["bug", "story", "tech debt", "risk"]),
        "service": st.sampled_from(list(ClassOfService)),
        "owner": st.sampled_from(["anna", "bob", None]),
        "estimate": st.sampled_from([None, 0.0, 1.0, 2.5]),
        "due": st.sampled_from([None, "2026-03-01"]),
        "labels": st.lists(st.sampled_from(["a", "B", "ß"]), max_size=2).map(tuple),
    },
)


class Organisation(RuleBasedStateMachine):
    """People at work on one database; each step is a command that may be refused."""

    base: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=self.base))
        self.path = Path(shutil.copy(self.base / "template.db", self.folder / "vsm.db"))
        self.sessions = [Session(self.path, actor=a, source=s) for a, s in PEOPLE]
        self.look = sqlite3.connect(self.path, isolation_level=None)
        self.imported = 0

    # -- what there is ----------------------------------------------------------------

    def rows(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """All rows of a query, over the one connection that the test looks through."""
        return self.look.execute(sql, params).fetchall()

    def ids(self, table: str) -> list[int]:
        """All ids of a table, in order."""
        return [i for (i,) in self.rows(f"SELECT id FROM {table} ORDER BY id")]

    def one(self, table: str, number: int) -> int:
        """One id of a table."""
        result = self.ids(table)
        return result[number % len(result)]

    def do(self, person: int, *commands: c.Command) -> None:
        """Do it; a refusal is an answer like any other, but it changes nothing."""
        before = self.rows("SELECT count(*) FROM journal")
        answer = self.sessions[person].do(*commands)
        if isinstance(answer, Refusal):
            note(f"refused: {answer}")
            assert self.rows("SELECT count(*) FROM journal") == before

    # -- what people do -----------------------------------------------------------------

    @initialize(person=who)
    def begin(self, person: int) -> None:
        self.do(person, c.MoveItem(1, 3), c.MoveItem(2, 4))

    @rule(person=who, stage=pick, title=words, values=fields)
    def add(self, person: int, stage: int, title: str, values: dict[str, object]) -> None:
        values = {k: v for k, v in values.items() if k != "title"}
        chosen = self.one("stage", stage)
        ((stream,),) = self.rows("SELECT stream FROM stage WHERE id = ?", chosen)
        self.do(person, c.AddItem(stream, title, chosen, fields=values, reason="needed"))

    @rule(person=who, item=pick, stage=pick)
    def move(self, person: int, item: int, stage: int) -> None:
        self.do(person, c.MoveItem(self.one("item", item), self.one("stage", stage), reason="now"))

    @rule(person=who, item=pick, stage=pick, part=st.floats(-0.1, 1))
    def move_late(self, person: int, item: int, stage: int, part: float) -> None:
        chosen = self.one("item", item)
        ((entered,),) = self.rows("SELECT entered FROM item WHERE id = ?", chosen)
        at = entered + int((clock() - entered) * part)
        self.do(person, c.MoveItem(chosen, self.one("stage", stage), reason="forgot", at=at))

    @rule(person=who, item=pick, part=st.floats(-0.1, 1))
    def block_or_unblock_late(self, person: int, item: int, part: float) -> None:
        chosen = self.one("item", item)
        ((created, blocked),) = self.rows("SELECT created, blocked FROM item WHERE id = ?", chosen)
        at = created + int((clock() - created) * part)
        if blocked is None:
            self.do(person, c.BlockItem(chosen, BlockerKind.OTHER, "forgot", at=at))
        else:
            self.do(person, c.UnblockItem(chosen, reason="forgot", at=at))

    @rule(person=who, moves=st.lists(st.tuples(pick, pick), min_size=2, max_size=4))
    def move_several(self, person: int, moves: list[tuple[int, int]]) -> None:
        self.do(
            person,
            *(c.MoveItem(self.one("item", i), self.one("stage", s), reason="x") for i, s in moves),
        )

    @rule(person=who, item=pick, values=fields, parent=st.none() | pick, team=st.none() | pick)
    def edit(
        self,
        person: int,
        item: int,
        values: dict[str, object],
        parent: int | None,
        team: int | None,
    ) -> None:
        if team is not None:
            values = {**values, "team": self.one("team", team)}
        if parent is not None:
            ((key,),) = self.rows("SELECT key FROM item WHERE id = ?", self.one("item", parent))
            values = {**values, "parent": key}
        self.do(person, c.EditItem(self.one("item", item), values))

    @rule(person=who, item=pick, by=st.sampled_from([-9, -2, -1, 1, 2, 9]))
    def reorder(self, person: int, item: int, by: int) -> None:
        self.do(person, c.ReorderItem(self.one("item", item), by))

    @rule(person=who, times=st.integers(18, 24))
    def reorder_until_there_is_no_gap(self, person: int, times: int) -> None:
        ((stage, count),) = self.rows(
            "SELECT stage, count(*) FROM item WHERE archived = 0 GROUP BY stage"
            " ORDER BY count(*) DESC LIMIT 1",
        )
        if count < 3:
            return
        for _ in range(times):  # third to second place, again and again, halves the gap
            third = self.rows(
                "SELECT id FROM item WHERE stage = ? AND archived = 0"
                " ORDER BY expedite DESC, rank LIMIT 1 OFFSET 2",
                stage,
            )
            self.do(person, c.ReorderItem(third[0][0], -1))

    @rule(person=who, item=pick, kind=st.sampled_from(list(BlockerKind)), reason=words)
    def block(self, person: int, item: int, kind: BlockerKind, reason: str) -> None:
        self.do(person, c.BlockItem(self.one("item", item), kind, reason))

    @rule(person=who, item=pick)
    def unblock(self, person: int, item: int) -> None:
        blocked = [i for (i,) in self.rows("SELECT id FROM item WHERE blocked IS NOT NULL")]
        if blocked:
            self.do(person, c.UnblockItem(blocked[item % len(blocked)]))

    @rule(person=who, source=pick, onto=pick, kind=st.sampled_from(list(LinkKind)))
    def link(self, person: int, source: int, onto: int, kind: LinkKind) -> None:
        self.do(person, c.LinkItems(self.one("item", source), self.one("item", onto), kind))

    @rule(
        person=who,
        source=pick,
        onto=pick,
        state=st.sampled_from([None, *DependencyState]),
        need_by=st.sampled_from([None, "keep", "2026-12-24"]),
    )
    def agree(
        self,
        person: int,
        source: int,
        onto: int,
        state: DependencyState | None,
        need_by: str | None,
    ) -> None:
        ends = self.one("item", source), self.one("item", onto)
        self.do(person, c.AgreeDependency(*ends, state, need_by))

    @rule(person=who, number=pick)
    def unlink(self, person: int, number: int) -> None:
        result = self.rows(
            "SELECT s.id, t.id, l.kind FROM link l JOIN item s ON s.key = l.source"
            " JOIN item t ON t.key = l.target",
        )
        if result:
            source, target, kind = result[number % len(result)]
            self.do(person, c.UnlinkItems(source, target, LinkKind(kind)))

    @rule(person=who, item=pick)
    def drop(self, person: int, item: int) -> None:
        self.do(person, c.DropItem(self.one("item", item), "not worth it"))

    @rule(person=who, item=pick)
    def reopen(self, person: int, item: int) -> None:
        ended = self.rows(
            "SELECT i.id FROM item i JOIN stage s ON s.id = i.stage"
            " WHERE s.category IN ('done', 'dropped')",
        )
        if ended:
            self.do(person, c.ReopenItem(ended[item % len(ended)][0], reason="again"))

    @rule(person=who, item=pick, archived=st.booleans())
    def archive(self, person: int, item: int, archived: bool) -> None:
        self.do(person, c.ArchiveItem(self.one("item", item), archived))

    # -- what changes the stream ------------------------------------------------------------

    @rule(
        person=who,
        stage=pick,
        limit=st.none() | st.integers(1, 4),
        kind=st.sampled_from(["soft", "hard"]),
    )
    def limit(self, person: int, stage: int, limit: int | None, kind: str) -> None:
        changes = {"limit": limit, "limit_kind": "none" if limit is None else kind}
        self.do(person, c.SetStage(self.one("stage", stage), changes))

    @rule(person=who, stage=pick, team=pick, name=st.sampled_from(["Making", "Checking", "Build"]))
    def change_stage(self, person: int, stage: int, team: int, name: str) -> None:
        changes = {"name": name, "team": self.one("team", team)}
        self.do(person, c.SetStage(self.one("stage", stage), changes))

    @rule(person=who, stage=pick, category=st.sampled_from(list(Category)))
    def change_category(self, person: int, stage: int, category: Category) -> None:
        self.do(person, c.SetStage(self.one("stage", stage), {"category": category}))

    @rule(
        person=who,
        name=st.sampled_from(["Test", "Rollout", "Wait for legal"]),
        category=st.sampled_from(list(Category)),
        after=st.none() | st.integers(1, 7),
        team=st.sampled_from([None, "QA", "Core"]),
    )
    def add_stage(
        self, person: int, name: str, category: Category, after: int | None, team: str | None
    ) -> None:
        self.do(person, c.AddStage(1, c.NewStage(name, category, team=team), after))

    @rule(person=who, source=pick, onto=pick, kind=st.sampled_from(list(EdgeKind)))
    def add_edge(self, person: int, source: int, onto: int, kind: EdgeKind) -> None:
        self.do(person, c.AddEdge(self.one("stage", source), self.one("stage", onto), kind))

    @rule(person=who, number=pick)
    def remove_edge(self, person: int, number: int) -> None:
        result = self.rows("SELECT source, target FROM edge ORDER BY source, target")
        if result:
            self.do(person, c.RemoveEdge(*result[number % len(result)]))

    @rule(person=who, stage=pick, behaviour=st.sampled_from(list(StageBehaviour)))
    def set_behaviour(self, person: int, stage: int, behaviour: StageBehaviour) -> None:
        self.do(person, c.SetStage(self.one("stage", stage), {"behaviour": behaviour}))

    @rule(
        person=who,
        stage=pick,
        days=st.none() | st.floats(0, 400),
        share=st.none() | st.floats(0.01, 1),
        note=st.sampled_from(["", "one laptop"]),
    )
    def declare(
        self, person: int, stage: int, days: float | None, share: float | None, note: str
    ) -> None:
        values = {"process_days": days, "wait_days": days, "complete_accurate": share}
        notes = {"declared_note": note, "note": note}
        self.do(person, c.SetStage(self.one("stage", stage), {**values, **notes}))

    @rule(person=who, number=pick, note=st.sampled_from(["", "half lack tests"]))
    def note_edge(self, person: int, number: int, note: str) -> None:
        result = self.rows("SELECT source, target FROM edge ORDER BY source, target")
        if result:
            self.do(person, c.NoteEdge(*result[number % len(result)], note))

    @rule(
        person=who,
        zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/St_Johns"]),
        prefix=st.sampled_from(["PAY", "CARD"]),
        commitment=st.none() | pick,
        entry=st.sampled_from(list(MoveEntry)),
        basis=st.sampled_from(list(TimeBasis)),
    )
    def change_stream(
        self,
        person: int,
        zone: str,
        prefix: str,
        commitment: int | None,
        entry: MoveEntry,
        basis: TimeBasis,
    ) -> None:
        changes: dict[str, object] = {"zone": zone, "prefix": prefix, "move_entry": entry}
        changes["map_time"] = basis
        changes["commitment"] = None if commitment is None else self.one("stage", commitment)
        self.do(person, c.SetStream(1, changes))

    @rule(person=who, name=st.sampled_from(["Second", "Third"]))
    def add_stream(self, person: int, name: str) -> None:
        stages = (
            c.NewStage("To do", Category.BACKLOG),
            c.NewStage("Doing", Category.ACTIVE, team="Newcomers"),
            c.NewStage("Done", Category.DONE),
        )
        self.do(person, c.CreateStream(name, stages))

    @rule(person=who, name=st.sampled_from(["Platform", "Core", "Data"]))
    def add_team(self, person: int, name: str) -> None:
        self.do(person, c.AddEntity(TEAM, {"name": name}))

    @rule(person=who, team=pick, name=st.sampled_from(["Platform", "Kernel"]))
    def rename_team(self, person: int, team: int, name: str) -> None:
        self.do(
            person,
            c.ChangeEntity(TEAM, self.one("team", team), {"name": name, "workdays": "mon-thu"}),
        )

    @rule(person=who, team=pick)
    def remove_team(self, person: int, team: int) -> None:
        self.do(person, c.RemoveEntity(TEAM, self.one("team", team)))

    @rule(person=who, login=st.sampled_from(["anna", "bob", "Céline"]), team=pick)
    def add_member(self, person: int, login: str, team: int) -> None:
        self.do(person, c.AddEntity(MEMBER, {"login": login, "teams": (self.one("team", team),)}))

    @rule(person=who, number=pick, teams=st.lists(pick, max_size=2), going=st.booleans())
    def change_member(self, person: int, number: int, teams: list[int], going: bool) -> None:
        if not self.ids("member"):
            return
        member = self.one("member", number)
        changes = {"name": "Céline D.", "teams": [self.one("team", t) for t in teams]}
        self.do(
            person,
            c.RemoveEntity(MEMBER, member) if going else c.ChangeEntity(MEMBER, member, changes),
        )

    @rule(
        person=who,
        name=st.sampled_from(["Old work", "Mine"]),
        filter=st.sampled_from(["age>p85 -blocked", "owner:me"]),
        going=st.booleans(),
    )
    def save_view(self, person: int, name: str, filter: str, going: bool) -> None:
        result = self.rows("SELECT id FROM saved_view WHERE name = ?", name)
        if going and result:
            self.do(person, c.RemoveEntity(VIEW, result[0][0]))
        else:
            self.do(
                person,
                c.AddEntity(
                    VIEW, {"name": name, "filter": filter, "only": 1 if "p85" in filter else None}
                ),
            )

    @rule(person=who, stage=pick, after=st.none() | pick)
    def place_stage(self, person: int, stage: int, after: int | None) -> None:
        behind = None if after is None else self.one("stage", after)
        self.do(person, c.PlaceStage(self.one("stage", stage), behind))

    @rule(person=who, stage=pick, to=st.none() | pick, back=st.booleans())
    def retire_stage(self, person: int, stage: int, to: int | None, back: bool) -> None:
        retired = [i for (i,) in self.rows("SELECT id FROM stage WHERE retired ORDER BY id")]
        if back and retired:
            self.do(person, c.RestoreStage(retired[stage % len(retired)]))
        else:
            target = None if to is None else self.one("stage", to)
            self.do(person, c.RetireStage(self.one("stage", stage), target, "merged"))

    @rule(person=who, item=pick, text=words)
    def comment(self, person: int, item: int, text: str) -> None:
        self.do(person, c.CommentItem(self.one("item", item), text))

    @rule(person=who, item=pick, stage=pick)
    def transfer(self, person: int, item: int, stage: int) -> None:
        ((stream,),) = self.rows("SELECT stream FROM item WHERE id = ?", self.one("item", item))
        elsewhere = self.rows("SELECT id FROM stage WHERE stream <> ? ORDER BY id", stream)
        if elsewhere:
            target = elsewhere[stage % len(elsewhere)][0]
            self.do(person, c.TransferItem(self.one("item", item), target, reason="theirs"))

    @rule(person=who, items=st.lists(pick, min_size=2, max_size=5), stage=pick)
    def move_what_can(self, person: int, items: list[int], stage: int) -> None:
        to = self.one("stage", stage)
        moves = [c.MoveItem(self.one("item", i), to, reason="together") for i in items]
        answer = self.sessions[person].do_each(*moves)
        note(str(answer))

    @rule(person=who, stage=pick, most=st.integers(1, 2))
    def class_limit(self, person: int, stage: int, most: int) -> None:
        self.do(person, c.SetStage(self.one("stage", stage), {"class_limits": {"expedite": most}}))

    @rule(person=who, stage=pick)
    def exempt_class(self, person: int, stage: int) -> None:
        self.do(person, c.SetStage(self.one("stage", stage), {"exempt": ["expedite"]}))

    @rule(person=who, first=pick, second=pick, most=st.integers(0, 3))
    def limit_together(self, person: int, first: int, second: int, most: int) -> None:
        stages = self.one("stage", first), self.one("stage", second)
        ((stream,),) = self.rows("SELECT stream FROM stage WHERE id = ?", stages[0])
        groups = (GroupLimit(stages, most),) if most else ()
        self.do(person, c.SetStream(stream, {"group_limits": groups}))

    # -- taking back, and what other tools tell ------------------------------------------------

    @rule(person=who, times=st.integers(1, 3))
    def undo(self, person: int, times: int) -> None:
        for _ in range(times):
            answer = self.sessions[person].undo()
            note(f"undo: {answer}")
            if isinstance(answer, Refusal):
                return

    @rule(person=who, times=st.integers(1, 3))
    def redo(self, person: int, times: int) -> None:
        for _ in range(times):
            answer = self.sessions[person].redo()
            note(f"redo: {answer}")
            if isinstance(answer, Refusal):
                return

    @rule(
        person=who,
        steps=st.lists(st.integers(1, 6), min_size=1, max_size=8),
        title=st.sampled_from(["", "Renamed there"]),
        stream=st.sampled_from(["Imported", "Payments"]),
    )
    def import_file(self, person: int, steps: list[int], title: str, stream: str) -> None:
        histories = (history(n, steps=s, title=title) for n, s in enumerate(steps, 1))
        try:
            note(str(self.sessions[person].import_histories(plan_of(histories, stream))))
        except VsmError as refused:
            note(f"refused: {refused}")
        self.imported += 1

    @precondition(lambda self: self.imported)
    @rule(person=who)
    def import_and_withdraw(self, person: int) -> None:
        self.import_file(person, [1, 2, 3, 4], "", "Imported")
        self.undo(person, 1)

    # -- what must be true ---------------------------------------------------------------------

    @invariant()
    def an_item_is_where_its_last_visit_is(self) -> None:
        open_visits = self.rows(
            'SELECT item, stage, entered FROM visit WHERE "left" IS NULL ORDER BY item'
        )
        items = self.rows("SELECT id, stage, entered FROM item ORDER BY id")
        assert open_visits == items

    def teardown(self) -> None:
        for session in self.sessions[1:]:
            session.close()
        self.look.close()
        try:
            checked(self.path)
            before = tables(self.path)
            self.sessions[0].rebuild()
            after = tables(self.path)
            for name in before:
                assert after[name] == before[name], f"table {name} differs from its replay"
            assert after.keys() == before.keys()
            checked(self.path)
        finally:
            self.sessions[0].close()
            shutil.rmtree(self.folder)


@pytest.fixture(scope="module", autouse=True)
def _base(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make the database that each example begins with a copy of."""
    Organisation.base = tmp_path_factory.mktemp("replay")
    organisation(Organisation.base / "template.db", 8, limit=2)


Organisation.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestTablesEqualReplay = Organisation.TestCase
