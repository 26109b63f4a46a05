"""Allocations, absences, interactions and hires in the lists of the organisation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from textual.app import App

import vsm.app
from vsm.cli.context import CliContext
from vsm.cli.screen import open_board
from vsm.machine import Machine, served
from vsm.model import command as c
from vsm.model.entities import GRANT, MEMBER, TEAM
from vsm.model.people_entities import ABSENCE, ALLOCATION, HIRE, INTERACTION
from vsm.model.role import Role
from vsm.reader import Reader
from vsm.screens.organisation import OrganisationDialog
from vsm.screens.teams import TeamsScreen

from .conftest import Person, World

Size = tuple[int, int]


def read(world: World, entity: Any) -> list[Any]:
    reader = Reader(world.path)
    entities = reader.entities(entity)
    reader.close()
    return entities


@pytest.fixture
def staffed(filled: World) -> World:
    """Two teams; anna and ben are in core, cleo is in Vault."""
    filled.do(c.AddEntity(TEAM, {"name": "Vault"}))
    for login, team in (("anna", "core"), ("ben", "core"), ("cleo", "Vault")):
        teams = {one.name: one.id for one in read(filled, TEAM)}
        filled.do(c.AddEntity(MEMBER, {"login": login, "teams": (teams[team],)}))
    return filled


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_an_allocation_is_added_refused_changed_and_undone(
    staffed: World, size: Size
) -> None:
    async with staffed.person(size=size) as anna:
        await anna.press("o", "6")
        anna.sees("5 Members 3", "6 Allocations 0", "9 Hires 0", "no allocation yet: a adds one")
        await anna.press("a", "ctrl+s")
        anna.sees("New allocation", "An allocation needs a member.")
        await anna.type("anna")
        await anna.press("tab")
        await anna.type("core")
        await anna.press("tab")
        await anna.type("half")
        anna.sees("'half' is no fraction", "0.5, 50% or 1/2")
        await anna.press("ctrl+u")
        await anna.type("80%")
        await anna.press("tab")
        await anna.type("2026-01-05")
        await anna.press("ctrl+s")
        anna.sees(
            "set an allocation in core", "6 Allocations 1", "anna → core", "80%", "from 5 Jan"
        )
        await anna.press("a")
        await anna.type("anna")
        await anna.press("tab")
        await anna.type("Vault")
        await anna.press("tab")
        await anna.type("1/2")
        await anna.press("tab")
        await anna.type("2026-02-02")
        await anna.press("ctrl+s")
        anna.sees("would be 130% of a person on 2026-02-02", "no. 1: core 80%")
        await anna.press("tab", "tab", "tab", "tab", "tab", "right", "ctrl+s")
        anna.sees("6 Allocations 2", "overrun")
        await anna.press("x")
        anna.sees("removed an allocation in Vault", "6 Allocations 1")
        await anna.press("z")
        anna.sees("6 Allocations 2")
    assert [(a.fraction, a.is_over) for a in read(staffed, ALLOCATION)] == [
        (0.8, False),
        (0.5, True),
    ]


async def test_absences_interactions_and_hires_have_forms(staffed: World) -> None:
    async with staffed.person() as anna:
        await anna.press("o", "7", "a")
        await anna.type("ben")
        await anna.press("tab", "tab")
        await anna.type("2026-12-24")
        await anna.press("tab", "tab", "right", "right", "ctrl+s")
        anna.sees("recorded an absence of ben, 2026-12-24 to 2026-12-24", "24 Dec 2026 · training")
        await anna.press("8", "a")
        await anna.type("core")
        await anna.press("tab")
        await anna.type("Vault")
        await anna.press("tab", "right", "right", "tab", "tab")
        await anna.type("2026-01-05")
        await anna.press("ctrl+s")
        anna.sees("2026-01-05 is before ")
        await anna.press("shift+tab")
        await anna.type("2025-12-01")
        await anna.press("ctrl+s")
        anna.sees("core · Vault", "facilitating · until 5 Jan 2026", "overdue")
        await anna.press("9", "a")
        await anna.type("Vault")
        await anna.press("ctrl+s")
        anna.sees("recorded a hire in Vault (wanted)", "9 Hires 1")
        await anna.press("4", "down", "enter", "tab", "tab", "tab", "right", "right", "tab")
        await anna.type("Keeps keys")
        await anna.press("ctrl+s")
        anna.sees("platform · 0 members", "Type: platform", "Purpose: Keeps keys")
    assert [a.absence_kind for a in read(staffed, ABSENCE)] == ["training"]
    assert [i.mode for i in read(staffed, INTERACTION)] == ["facilitating"]
    assert [h.state for h in read(staffed, HIRE)] == ["wanted"]
    assert "platform" in [team.type for team in read(staffed, TEAM)]


async def test_each_sees_what_their_role_allows_while_it_changes(staffed: World) -> None:
    staffed.do(c.AddEntity(GRANT, {"login": "cora", "role": "coach"}), actor="chief")
    spans = {"member": 1, "start": "2026-12-24", "end": "2026-12-31"}
    staffed.do(c.AddEntity(ABSENCE, {**spans, "absence_kind": "training"}), actor="cora")
    for member in (1, 2):
        values = {"member": member, "team": 1, "fraction": 0.5, "start": "2026-01-05"}
        staffed.do(c.AddEntity(ALLOCATION, values), actor="cora")
    async with staffed.person("cleo") as cleo, staffed.person("cora") as cora:
        await cora.press("o", "6")
        cora.sees("6 Allocations 2", "anna → core", "ben → core")
        await cora.press("7")
        cora.sees("24 Dec 2026 to 31 Dec 2026 · training")
        await cleo.press("o", "6")
        cleo.sees("6 Allocations 0", "7 Absences 1")
        await cleo.press("7")
        cleo.sees("24 Dec 2026 to 31 Dec 2026")
        assert "training" not in cleo.text and "50%" not in cleo.text
        await cleo.press("x")
        cleo.sees("cleo is a member here and may not change")
        staffed.do(c.AddEntity(GRANT, {"login": "cleo", "role": "pmo"}), actor="chief")
        dialog = cleo.app.screen
        assert isinstance(dialog, OrganisationDialog)
        dialog._poll()
        await cleo.until(lambda: "6 Allocations 2" in cleo.text)
        cleo.sees("24 Dec 2026 to 31 Dec 2026 · training")
    async with staffed.person("ben") as ben:
        await ben.press("o", "6")
        ben.sees("6 Allocations 1", "ben → core")
        await ben.press("7")
        ben.sees("training")


@pytest.mark.parametrize("machine", [Machine(), served({}, None)], ids=["here", "served"])
async def test_the_journal_is_exported_by_those_who_may_see_all_of_it(
    staffed: World, tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(App, "copy_to_clipboard", lambda _app, text: copied.append(text))
    for login, role in (("cora", "coach"), ("vera", "viewer")):
        staffed.do(c.AddEntity(GRANT, {"login": login, "role": role}), actor="chief")
    spans = {"member": 1, "start": "2026-12-24", "end": "2026-12-31"}
    staffed.do(c.AddEntity(ABSENCE, {**spans, "absence_kind": "training"}), actor="cora")

    async def export(person: Person, file: Path) -> None:
        await person.press("X", *"journal", "enter")
        if machine.files:
            await person.press("ctrl+u")
            await person.type(str(file))
            await person.press("enter")

    at_most = replace(machine, at_most=Role.VIEWER)
    refused = tmp_path / "refused.jsonl"
    for login, their_machine in (("vera", machine), ("cleo", machine), ("cora", at_most)):
        async with staffed.person(login, machine=their_machine) as person:
            await export(person, refused)
            person.sees("The journal holds allocations and kinds of absences, which you may not")
            person.sees("Ask a coach, PMO or admin")
    assert not refused.exists() and not copied
    async with staffed.person("cora", machine=machine) as cora:
        await export(cora, tmp_path / "whole.jsonl")
        cora.sees("entries to")
    assert "training" in ((tmp_path / "whole.jsonl").read_text() if machine.files else copied[0])


async def test_roles_of_now_decide_what_a_board_of_the_past_shows(
    staffed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"member": 1, "team": 1, "fraction": 0.5, "start": "2026-01-05"}
    staffed.do(c.AddEntity(ALLOCATION, values))
    absence = {"member": 2, "start": "2026-12-24", "end": "2026-12-31", "absence_kind": "training"}
    last = staffed.do(c.AddEntity(ABSENCE, absence)).changes[-1].seq
    # Ben has left the team of anna since, and only now are there roles.
    staffed.do(c.ChangeEntity(MEMBER, 2, {"teams": ()}))
    staffed.do(c.AddEntity(GRANT, {"login": "cora", "role": "coach"}), actor="chief")
    apps: list[vsm.app.VsmApp] = []
    monkeypatch.setattr(vsm.app, "run_app", apps.append)
    for login, shown in (("anna", {"anna"}), ("ben", {"kind"}), ("cora", {"anna", "kind"})):
        with click.Context(click.Command("vsm")):
            open_board(CliContext(str(staffed.path), user=login, at_seq=last))
            async with apps[-1].run_test(size=(120, 40)) as pilot:
                person = Person(apps[-1], pilot)
                await person.settle()
                await person.press("o", "6")
                assert ("anna → core" in person.text) == ("anna" in shown), login
                await person.press("7")
                person.sees("ben")
                assert ("training" in person.text) == ("kind" in shown), login
                await person.press("escape", "6")
                teams = person.app.screen
                assert isinstance(teams, TeamsScreen) and teams.shown is not None
                rows = [row.login for team in teams.shown.teams for row in team.allocations or ()]
                assert rows == (["anna"] if "anna" in shown else []), login


async def test_a_longer_list_leaves_no_gap_above_a_shorter_one(staffed: World) -> None:
    for day in range(1, 29):
        values = {"member": 1, "start": f"2027-{1 + day % 9:02}-{day:02}"}
        staffed.do(c.AddEntity(ABSENCE, values))
    staffed.do(c.AddEntity(HIRE, {"team": 1}), c.AddEntity(HIRE, {"team": 2}))
    async with staffed.person(size=(80, 24)) as anna:
        await anna.press("o", "9", "down", "7", "end", "9")
        anna.sees("core", "risk")
