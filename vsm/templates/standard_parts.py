"""Reads what makes a standard of a template: shared names, controls, artefacts, roles."""

from __future__ import annotations

from vsm.model.command import NewStage
from vsm.model.control.control import Mode
from vsm.model.standard import Artefact, RequiredControl, StageNames
from vsm.toml_files import TomlTable

STAGE_FIELDS = ("canonical", "synonyms", "text")
"""Fields of a stage that only standards have."""
_MODES = [mode for mode in Mode if mode is not Mode.OFF]


def read_names(top: TomlTable) -> tuple[StageNames, ...]:
    """The names of every stage; refuses a name that could mean two stages."""
    out = []
    owners: dict[str, int] = {}
    tables = top.tables("stage")
    for number, table in enumerate(tables):
        owners.setdefault(table.one_line("name").casefold(), number)
    for number, table in enumerate(tables):
        synonyms = tuple(dict.fromkeys(table.names("synonyms", 'synonyms = ["To review"]')))
        for name in synonyms:
            owner = owners.setdefault(name.casefold(), number)
            if owner != number:
                raise table.wrong(
                    "synonyms",
                    f"synonyms: {name[:60]!r} is also a name of {tables[owner].one_line('name')}",
                    "give it to one of them",
                )
        out.append(StageNames(_line(table, "canonical"), synonyms, _line(table, "text").casefold()))
    return tuple(out)


def read_controls(top: TomlTable) -> tuple[RequiredControl, ...]:
    """The controls, each with its least mode: ``ready``, ``chg-approved:controlling``."""
    out: dict[str, RequiredControl] = {}
    for text in top.names("controls", 'controls = ["ready", "chg-approved:controlling"]'):
        name, colon, word = (piece.strip() for piece in text.partition(":"))
        if colon and word.casefold() not in [str(mode) for mode in _MODES]:
            raise top.wrong(
                "controls",
                f"controls: {word[:40]!r} is no mode of {name[:60]}",
                f"use {', '.join(_MODES)}",
            )
        mode = Mode(word.casefold()) if colon else Mode.SUPPORTIVE
        if not name or name.casefold() in out:
            what = f"{name[:60]!r} is named twice" if name else f"{text[:60]!r} names no control"
            raise top.wrong("controls", f"controls: {what}", "name each control once")
        out[name.casefold()] = RequiredControl(name, mode)
    return tuple(out.values())


def read_artefacts(top: TomlTable, stages: tuple[NewStage, ...]) -> tuple[Artefact, ...]:
    """The documents that items need; a stage that one is needed at has to be there."""
    out: dict[str, Artefact] = {}
    known = {stage.name.casefold(): stage.name for stage in stages}
    for table in top.tables("artefact"):
        table.refuse_unknown(("name", "title", "at", "text"))
        name, at = table.one_line("name"), _line(table, "at")
        if at and at.casefold() not in known:
            raise table.wrong(
                "at", f"at: there is no stage {at!r}", f"there are: {', '.join(known.values())}"
            )
        if name.casefold() in out:
            raise table.wrong("name", f"two artefacts are called {name!r}", "rename one")
        out[name.casefold()] = Artefact(
            name, _line(table, "title") or name, known.get(at.casefold(), ""), _line(table, "text")
        )
    return tuple(out.values())


def read_roles(top: TomlTable) -> tuple[str, ...]:
    """The roles that people have in such a stream."""
    return tuple(dict.fromkeys(top.names("roles", 'roles = ["product owner"]')))


def _line(table: TomlTable, field: str) -> str:
    return table.one_line(field) if field in table.values else ""
