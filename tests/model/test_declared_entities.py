"""Entities declared once: tables and payloads as they always were, and a fourth one in a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vsm.model import command as c
from vsm.model.entities import ENTITIES, TEAM
from vsm.model.entity import Entity, Field
from vsm.model.field_types import NAME
from vsm.session import Session
from vsm.store.entities import index_definitions, table_definitions

ROOT = Path(__file__).resolve().parents[2]

TABLES = {
    "team": "CREATE TABLE team( id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " name_fold TEXT NOT NULL UNIQUE, workdays TEXT, holidays TEXT NOT NULL, type TEXT,"
    " purpose TEXT NOT NULL, service_level TEXT NOT NULL, sickness TEXT NOT NULL ) STRICT",
    "member": "CREATE TABLE member( id INTEGER PRIMARY KEY, login TEXT NOT NULL,"
    " login_fold TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_fold TEXT NOT NULL,"
    " initials TEXT NOT NULL ) STRICT",
    "membership": "CREATE TABLE membership( member INTEGER NOT NULL REFERENCES member(id),"
    " team INTEGER NOT NULL REFERENCES team(id), PRIMARY KEY (member, team) ) STRICT,"
    " WITHOUT ROWID",
    "saved_view": "CREATE TABLE saved_view( id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " name_fold TEXT NOT NULL UNIQUE, filter TEXT NOT NULL, only INTEGER ) STRICT",
    "pin": "CREATE TABLE pin( id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " name_fold TEXT NOT NULL UNIQUE, question TEXT NOT NULL, only INTEGER, filter TEXT NOT NULL,"
    " keys TEXT NOT NULL, items INTEGER, by TEXT NOT NULL, odds REAL NOT NULL,"
    " pinned_at INTEGER NOT NULL, source TEXT NOT NULL,"
    " note TEXT NOT NULL, team INTEGER ) STRICT",
    "saved_plan": "CREATE TABLE saved_plan( id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " name_fold TEXT NOT NULL UNIQUE, only INTEGER, options TEXT NOT NULL ) STRICT",
    "role_grant": "CREATE TABLE role_grant( id INTEGER PRIMARY KEY, login TEXT NOT NULL,"
    " login_fold TEXT NOT NULL UNIQUE, role TEXT NOT NULL, only INTEGER, until TEXT ) STRICT",
    "allocation": "CREATE TABLE allocation( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, member INTEGER, team INTEGER, fraction REAL NOT NULL,"
    " start TEXT NOT NULL, end TEXT, skills TEXT NOT NULL, ramp_weeks INTEGER,"
    " ramp_start REAL NOT NULL, is_over INTEGER NOT NULL ) STRICT",
    "absence": "CREATE TABLE absence( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, member INTEGER, team INTEGER, start TEXT NOT NULL,"
    " end TEXT NOT NULL, absence_kind TEXT NOT NULL, fraction REAL NOT NULL ) STRICT",
    "interaction": "CREATE TABLE interaction( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, team INTEGER, other INTEGER, mode TEXT NOT NULL,"
    " start TEXT, until TEXT, ended TEXT, purpose TEXT NOT NULL ) STRICT",
    "hire": "CREATE TABLE hire( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, team INTEGER, fraction REAL NOT NULL,"
    " skills TEXT NOT NULL, need_by TEXT, lead_weeks INTEGER, start TEXT, state TEXT NOT NULL,"
    " ramp_weeks INTEGER, ramp_start REAL NOT NULL, member INTEGER ) STRICT",
    "map_draft": "CREATE TABLE map_draft( id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " name_fold TEXT NOT NULL UNIQUE, only INTEGER, base TEXT NOT NULL,"
    " opened_at INTEGER NOT NULL, edits TEXT NOT NULL, state TEXT NOT NULL, made_at INTEGER,"
    " before_days REAL, predicted_days REAL, measured_days REAL ) STRICT",
    "control": "CREATE TABLE control( id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " name_fold TEXT NOT NULL UNIQUE, title TEXT NOT NULL, why TEXT NOT NULL, applies"
    " TEXT NOT NULL, filter TEXT NOT NULL, rule TEXT NOT NULL, remedy TEXT NOT NULL,"
    " severity TEXT NOT NULL, "
    "owner TEXT, refs TEXT NOT NULL, examples TEXT NOT NULL, template TEXT NOT NULL ) "
    "STRICT",
    "governance_mode": "CREATE TABLE governance_mode( id INTEGER PRIMARY KEY,"
    " number TEXT NOT NULL, number_fold TEXT NOT NULL UNIQUE, only INTEGER, control INTEGER,"
    " value TEXT NOT NULL, start TEXT NOT NULL, until TEXT, reason TEXT NOT NULL, lead TEXT,"
    " decided_by TEXT NOT NULL, decided_at INTEGER NOT NULL ) STRICT",
    "waiver": "CREATE TABLE waiver( id INTEGER PRIMARY KEY, number TEXT NOT NULL, number_fold TEXT "
    "NOT NULL UNIQUE, control INTEGER, only INTEGER, key TEXT NOT NULL, label TEXT NOT "
    "NULL, reason TEXT NOT NULL, start TEXT NOT NULL, until TEXT NOT NULL, state TEXT NOT"
    " NULL, asked_by TEXT NOT NULL, asked_at INTEGER NOT NULL, answered_by TEXT, "
    "answered_at INTEGER ) STRICT",
    "member_alias": "CREATE TABLE member_alias( id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL, name_fold TEXT NOT NULL UNIQUE, member INTEGER ) STRICT",
    "standard_adoption": "CREATE TABLE standard_adoption( id INTEGER PRIMARY KEY,"
    " number TEXT NOT NULL, number_fold TEXT NOT NULL UNIQUE, only INTEGER,"
    " standard TEXT NOT NULL, standard_fold TEXT NOT NULL, version TEXT NOT NULL,"
    " text TEXT NOT NULL, reason TEXT NOT NULL, decided_by TEXT NOT NULL ) STRICT",
    "standard_deviation": "CREATE TABLE standard_deviation( id INTEGER PRIMARY KEY,"
    " number TEXT NOT NULL, number_fold TEXT NOT NULL UNIQUE, only INTEGER, part TEXT NOT NULL,"
    " part_fold TEXT NOT NULL, reason TEXT NOT NULL, until TEXT, decided_by TEXT NOT NULL )"
    " STRICT",
    "work_source": "CREATE TABLE work_source( id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " name_fold TEXT NOT NULL UNIQUE, system TEXT NOT NULL, base TEXT NOT NULL,"
    " scope TEXT NOT NULL, only INTEGER, auth TEXT NOT NULL, mapping TEXT NOT NULL,"
    " direction TEXT NOT NULL, every INTEGER, ca TEXT NOT NULL, origin TEXT NOT NULL,"
    " evidence INTEGER NOT NULL, written_after INTEGER ) STRICT",
    "gone_item": "CREATE TABLE gone_item( id INTEGER PRIMARY KEY, key TEXT NOT NULL,"
    " key_fold TEXT NOT NULL UNIQUE, source INTEGER, since INTEGER NOT NULL ) STRICT",
    "written_change": "CREATE TABLE written_change( id INTEGER PRIMARY KEY, entry TEXT NOT NULL,"
    " entry_fold TEXT NOT NULL UNIQUE, source INTEGER, outcome TEXT NOT NULL,"
    " upstream TEXT NOT NULL, why TEXT NOT NULL ) STRICT",
    "sprint": "CREATE TABLE sprint( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_fold TEXT NOT NULL,"
    " only INTEGER, team INTEGER, goal TEXT NOT NULL, planned_start TEXT NOT NULL,"
    " planned_end TEXT NOT NULL, measure TEXT NOT NULL, capacity_days REAL, focus REAL NOT NULL,"
    " grace REAL NOT NULL, planned_at INTEGER NOT NULL, started_at INTEGER, closed_at INTEGER,"
    " cancelled INTEGER NOT NULL, goal_met TEXT, goal_note TEXT NOT NULL,"
    " source_id TEXT NOT NULL ) STRICT",
    "service": "CREATE TABLE service( id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " name_fold TEXT NOT NULL UNIQUE, team INTEGER, only INTEGER, repositories TEXT NOT NULL,"
    " environments TEXT NOT NULL, unplanned TEXT NOT NULL, cause_hours REAL NOT NULL ) STRICT",
    "deployment": "CREATE TABLE deployment( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, service INTEGER, environment TEXT NOT NULL, finished_at"
    " INTEGER NOT NULL, result TEXT NOT NULL, started_at INTEGER, ref TEXT NOT NULL,"
    " commits TEXT NOT NULL, items TEXT NOT NULL, planned INTEGER, because INTEGER,"
    " source_id TEXT NOT NULL ) STRICT",
    "incident": "CREATE TABLE incident( id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_fold TEXT"
    " NOT NULL UNIQUE, service INTEGER, opened_at INTEGER NOT NULL, title TEXT NOT NULL,"
    " severity TEXT NOT NULL, resolved_at INTEGER, caused_by INTEGER, link TEXT, no_cause"
    " INTEGER NOT NULL, work_item INTEGER, source_id TEXT NOT NULL ) STRICT",
    "service_change": "CREATE TABLE service_change( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, service INTEGER, ref TEXT NOT NULL,"
    " first_commit_at INTEGER, proposed_at INTEGER, reviewed_at INTEGER, merged_at"
    " INTEGER, commits TEXT NOT NULL, items TEXT NOT NULL, is_revert INTEGER NOT NULL )"
    " STRICT",
    "objective": "CREATE TABLE objective( id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_fold"
    " TEXT NOT NULL UNIQUE, about TEXT NOT NULL, horizon TEXT NOT NULL, owner TEXT, first TEXT,"
    " last TEXT, share REAL, parent INTEGER, closed INTEGER NOT NULL ) STRICT",
    "initiative": "CREATE TABLE initiative( id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_fold"
    " TEXT NOT NULL UNIQUE, filter TEXT NOT NULL, state TEXT NOT NULL, sponsor TEXT, hypothesis"
    " TEXT NOT NULL, mvp TEXT NOT NULL, need_by TEXT, place REAL, more_items INTEGER, currency"
    " TEXT NOT NULL, profile TEXT NOT NULL, delay_low REAL, delay_likely REAL, delay_high REAL,"
    " delay_from TEXT, delay_until TEXT, half_life REAL, day_rate REAL, remaining REAL,"
    " budget REAL, benefit_low REAL, benefit_likely REAL, benefit_high REAL, benefit_until TEXT,"
    " benefit_odds REAL NOT NULL, value REAL, criticality REAL, opportunity REAL, size REAL )"
    " STRICT",
    "contribution": "CREATE TABLE contribution( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, initiative INTEGER, objective INTEGER, weight REAL NOT"
    " NULL ) STRICT",
    "indicator": "CREATE TABLE indicator( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_fold TEXT NOT NULL, role TEXT"
    " NOT NULL, objective INTEGER, initiative INTEGER, unit TEXT NOT NULL, start REAL NOT NULL,"
    " target REAL NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL ) STRICT",
    "indicator_reading": "CREATE TABLE indicator_reading( id INTEGER PRIMARY KEY, number TEXT NOT"
    " NULL, number_fold TEXT NOT NULL UNIQUE, indicator INTEGER, day TEXT NOT NULL, value REAL"
    " NOT NULL, source TEXT NOT NULL ) STRICT",
    "spending": "CREATE TABLE spending( id INTEGER PRIMARY KEY, number TEXT NOT NULL, number_fold"
    " TEXT NOT NULL UNIQUE, initiative INTEGER, day TEXT NOT NULL, amount REAL NOT NULL, source"
    " TEXT NOT NULL ) STRICT",
    "decision": "CREATE TABLE decision( id INTEGER PRIMARY KEY, number TEXT NOT NULL, number_fold"
    " TEXT NOT NULL UNIQUE, initiative INTEGER, choice TEXT NOT NULL, decided_at INTEGER NOT"
    " NULL, by TEXT NOT NULL, reason TEXT NOT NULL, facts TEXT NOT NULL, review_on TEXT,"
    " hindsight TEXT, hindsight_note TEXT NOT NULL, reviewed_at INTEGER ) STRICT",
    "made_report": "CREATE TABLE made_report( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, report TEXT NOT NULL, only INTEGER, from_seq"
    " INTEGER, to_seq INTEGER, since INTEGER NOT NULL, until INTEGER NOT NULL, form"
    " TEXT NOT NULL, sha256"
    " TEXT NOT NULL, facts TEXT NOT NULL ) STRICT",
    "fact_note": "CREATE TABLE fact_note( id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " number_fold TEXT NOT NULL UNIQUE, fact TEXT NOT NULL, rule TEXT NOT NULL, only"
    " INTEGER, mark TEXT NOT NULL, severity INTEGER, items TEXT NOT NULL, sentence TEXT NOT"
    " NULL, reason TEXT NOT NULL, noted_by TEXT NOT NULL, noted_at INTEGER NOT NULL ) STRICT",
}
"""As databases have them: their text is compared with the schema of a file."""


def test_tables_are_as_databases_have_them() -> None:
    assert table_definitions() == TABLES, "raise the entity's `since` and change this too"
    assert index_definitions() == ("CREATE INDEX membership_team ON membership(team)",)


def test_a_fourth_entity_is_one_declaration_and_one_line(tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    session = Session(older, actor="anna")
    session.do(c.AddEntity(TEAM, {"name": "core"}))
    session.close()
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"),
            *("-p", "tests.fixtures.experiment.declaration"),
            *("tests/fixtures/experiment/checks.py", f"--older={older}"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert "experiment" not in ENTITIES


@pytest.mark.parametrize("name", ["item", "stream", "kind", "changes", "id", "goal"])
def test_a_field_whose_name_the_journal_uses_is_refused_when_it_is_declared(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Entity(name="goal", type=dict, since=5, fields=(Field(name=name, type=NAME),))
