"""Parses stage mappings that people write: ``--stages`` text and TOML files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vsm.connect.files.infer_mapping import STAGES_MAX, Stages, normalise_name
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category
from vsm.toml_files import NAME_MAX, parse_table, read_text

_SPECIAL = re.compile(r'[,\\"]')
_ESCAPED = r"\\\g<0>"
_CATEGORIES = ", ".join(c.value for c in Category)
_EXAMPLE = 'write it like --stages "Open:backlog,In Progress:active,Done:done"'
_SHAPE = (
    'a mapping file has [[stage]] tables with name = "Build", category = "active" and, where'
    ' statuses have other names, statuses = ["In Progress", "Coding"]; commitment = "Build"'
    " may stand before them"
)


@dataclass(frozen=True, slots=True)
class StageMap:
    """Stages in the order of the flow, and the statuses that belong to them.

    ``statuses`` maps the normalised name of a status
    (:func:`~vsm.connect.files.infer_mapping.normalise_name`) to the stage's name; every stage has
    at least its own name.
    """

    stages: Stages
    statuses: Mapping[str, str] = field(default_factory=dict)
    commitment: str | None = None
    left_out: frozenset[str] = frozenset()

    def leaves_out(self, status: str) -> bool:
        """Whether a status has no stage on purpose."""
        return normalise_name(status) in self.left_out

    def stage_of(
        self, status: str, renamed_from: Iterable[str] = (), ids: Iterable[str] = ()
    ) -> str | None:
        """The stage of a status, by its name with one of its ids, its name or an older one."""
        for name in (*(f"{status} ({n})" for n in ids), status, *renamed_from):
            stage = self.statuses.get(normalise_name(name))
            if stage is not None:
                return stage
        return None


def by_name(stages: Stages, commitment: str | None = None) -> StageMap:
    """A map in which every stage is the status of the same name."""
    return StageMap(stages, {normalise_name(name): name for name, _ in stages}, commitment)


# -- --stages ------------------------------------------------------------------------


def parse_stages(text: str) -> StageMap:
    """Read ``Open:backlog,In Progress:active``: names and categories in the order of the flow.

    The last colon of a part divides it. A comma, a quotation mark or a backslash in a name needs a
    backslash before it, or quotation marks around the name. Raises :class:`BadInput`.
    """
    stages = []
    for number, part in enumerate(_split(text), 1):
        quoted_name, colon, category = part.rpartition(":")
        name = _unquote(quoted_name)
        if not colon or not name:
            raise BadInput(
                f"part {number} of the stages, {inert_line(part[:60])!r}, should be NAME:CATEGORY",
                _EXAMPLE,
            )
        stages.append(
            (_parse_name(name, f"part {number} of the stages"), _parse_category(category, name))
        )
    return by_name(_check_stages(stages))


def format_stages(stages: Stages) -> str:
    """The text that :func:`parse_stages` reads back as these stages."""
    return ",".join(f"{_SPECIAL.sub(_ESCAPED, name)}:{kind.value}" for name, kind in stages)


def _split(text: str) -> list[str]:
    parts, part, quoted = [], "", False
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            part += text[at : at + 2]
            at += 2
            continue
        if char == '"':
            quoted = not quoted
        if char == "," and not quoted:
            parts.append(part)
            part = ""
        else:
            part += char
        at += 1
    if quoted:
        raise BadInput("a quotation mark in the stages has no partner", _EXAMPLE)
    parts.append(part)
    while len(parts) > 1 and not parts[-1].strip():
        parts.pop()
    return [p.strip() for p in parts]


def _unquote(text: str) -> str:
    plain = re.sub(r'\\(.)|"', lambda m: m.group(1) or "", text, flags=re.DOTALL)
    return " ".join(plain.split())


# -- TOML ----------------------------------------------------------------------------


def read_mapping(path: Path) -> StageMap:
    """Read a mapping file; raises :class:`BadInput` that names the file, the stage and the key."""
    file = inert_line(path.name)
    try:
        text = read_text(path, pipes=True)
    except FileNotFoundError as error:
        raise BadInput(f"there is no mapping file {path}", "look at the name") from error
    except OSError as error:
        raise EnvironmentProblem(f"{file} cannot be read: {error.strerror or error}") from error
    top = parse_table(text, file, _SHAPE)
    top.refuse_unknown(("commitment",), ("stage",))
    tables = top.tables("stage")
    if not tables:
        raise top.wrong("stage", "there is no [[stage]]")
    stages: list[tuple[str, Category]] = []
    aliases: dict[str, str] = {}
    for table in tables:
        table.refuse_unknown(("name", "category", "statuses"))
        name = _parse_name(table.one_line("name"), f"{file}, stage {table.number}")
        stages.append((name, _parse_category(table.one_line("category"), name)))
        for status in table.names("statuses", 'statuses = ["In Progress", "Coding"]'):
            if aliases.setdefault(normalise_name(status), name) != name:
                raise table.wrong(
                    "statuses",
                    f"the status {inert_line(status[:60])!r} is given to"
                    f" {aliases[normalise_name(status)]!r} and to {name!r}",
                    "give each status to one stage",
                )
    checked = _check_stages(stages)
    commitment = top.one_line("commitment") if "commitment" in top.values else None
    return StageMap(
        checked, {normalise_name(name): name for name, _ in checked} | aliases, commitment
    )


def format_mapping(
    stages: Stages, statuses: Mapping[str, str], commitment: str | None = None
) -> str:
    """The text of a mapping file that :func:`read_mapping` reads back as these stages.

    ``statuses`` leads from statuses to stages, or to ``""`` for those that have none.
    """
    out = [f"commitment = {_quoted(commitment)}\n"] if commitment is not None else []
    for name, kind in stages:
        out.append(f"[[stage]]\nname = {_quoted(name)}\ncategory = {_quoted(kind.value)}")
        own = [s for s, stage in statuses.items() if stage == name]
        same = ("", normalise_name(name))
        others = dict.fromkeys(_quoted(s) for s in own if normalise_name(s) not in same)
        out.append(f"statuses = [{', '.join(others)}]\n" if others else "")
    left_out = dict.fromkeys(_quoted(status) for status, stage in statuses.items() if not stage)
    if left_out:
        out.append(f"# in no stage: {', '.join(left_out)}\n")
    return "\n".join(out)


def _quoted(text: str) -> str:
    """A TOML string."""
    return json.dumps(inert_line(text), ensure_ascii=False).replace("\x7f", "\\u007f")


# -- what both do --------------------------------------------------------------------


def _parse_name(text: str, where: str) -> str:
    name = " ".join(inert_line(text).split())
    if not name or len(name) > NAME_MAX:
        raise BadInput(
            f"{where}: the name {name[:20]!r} has {len(name)} characters",
            f"give it 1 to {NAME_MAX}",
        )
    return name


def _parse_category(text: str, name: str) -> Category:
    try:
        return Category(text.strip().casefold())
    except ValueError as error:
        raise BadInput(
            f"the stage {inert_line(name)!r} has the category {inert_line(text.strip()[:60])!r}",
            f"there are {_CATEGORIES}",
        ) from error


def _check_stages(stages: list[tuple[str, Category]]) -> Stages:
    if len(stages) > STAGES_MAX:
        raise BadInput(f"{len(stages)} stages are too many", f"give {STAGES_MAX} at most")
    seen: dict[str, str] = {}
    for name, _ in stages:
        if normalise_name(name) in seen:
            raise BadInput(f"the stage {name!r} is given twice", "name each once")
        seen[normalise_name(name)] = name
    return tuple(stages)
