"""Finds, reads and saves templates of value streams: bundled TOML files and those of users.

A user's file in the folder of :func:`vsm.paths.template_folder` replaces a bundled one of the same
name. A file that cannot be read is reported beside the others and hides none.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vsm.model.errors import BadInput, EnvironmentProblem, VsmError
from vsm.paths import template_folder
from vsm.templates.reading import Template, read_template
from vsm.toml_files import read_text

__all__ = ["Broken", "Template", "Templates", "find", "named", "save", "source"]

BUNDLED = Path(__file__).parent
_FIRST = "kanban"


@dataclass(frozen=True, slots=True)
class Broken:
    """A template of the user that cannot be used, with the error."""

    name: str
    error: VsmError


@dataclass(frozen=True, slots=True)
class Templates:
    """All templates, the one to suggest first, and the broken ones."""

    good: tuple[Template, ...]
    broken: tuple[Broken, ...]


def find() -> Templates:
    """Read all templates."""
    good: dict[str, Template] = {}
    broken: list[Broken] = []
    for path in _files(BUNDLED):
        good[path.stem] = _read(path, own=False)
    try:
        for path in _files(template_folder()):
            try:
                good[path.stem] = _read(path, own=True)
            except VsmError as error:
                broken.append(Broken(path.stem, error))
    except OSError as error:
        where = template_folder()
        problem = EnvironmentProblem(f"{where} cannot be read: {error.strerror or error}")
        broken.append(Broken(str(where), problem))
    names = sorted(good, key=lambda name: (name != _FIRST, name))
    return Templates(tuple(good[name] for name in names), tuple(broken))


def named(name: str) -> Template:
    """The template of this name; raises :class:`BadInput` if it is missing or broken."""
    path, own = _path(name)
    return _read(path, own=own)


def source(name: str) -> str:
    """The text of a template's file; raises the errors of :func:`named`."""
    return _text(_path(name)[0])


def _path(name: str) -> tuple[Path, bool]:
    key = name.strip().casefold()
    own = {path.stem.casefold(): path for path in _quietly(template_folder())}
    if key in own:
        return own[key], True
    bundled = {path.stem: path for path in _files(BUNDLED)}
    if key in bundled:
        return bundled[key], False
    from difflib import get_close_matches

    names = sorted({*bundled, *own})
    close = get_close_matches(key, names, n=1, cutoff=0.6)
    guess = f", did you mean {close[0]!r}?" if close else ""
    raise BadInput(f"there is no template {name[:60]!r}{guess}", f"there are: {', '.join(names)}")


def _quietly(folder: Path | None) -> list[Path]:
    try:
        return list(_files(folder))
    except OSError:
        # The list of templates reports this; a name is looked up among those that can be read.
        return []


def _files(folder: Path | None) -> Iterator[Path]:
    """Regular files that end in ``.toml``, by name; none if there is no folder."""
    if folder is None or not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        names = sorted(e.name for e in entries if e.name.endswith(".toml") and e.is_file())
    for name in names:
        yield folder / name


def _read(path: Path, *, own: bool) -> Template:
    return read_template(_text(path), path.stem, str(path) if own else "")


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except OSError as error:
        raise EnvironmentProblem(f"{path} cannot be read: {error.strerror or error}") from error


def save(name: str, text: str, *, replace: bool = False) -> Path:
    """Save a template under a name in the user's folder; returns its path.

    Raises :class:`BadInput` if the name cannot be a file's or exists (unless ``replace``).
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", name):
        raise BadInput(
            f"{name[:80]!r} cannot be the name of a template",
            "use up to 60 letters, digits, - and _",
        )
    folder = template_folder()
    if folder is None:
        raise EnvironmentProblem(
            "you have no home folder to keep templates in", "set HOME or XDG_CONFIG_HOME"
        )
    path = folder / f"{name.casefold()}.toml"
    if path.exists() and not replace:
        raise BadInput(f"{path} is there already", "choose another name, or replace it: --force")
    temporary = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=folder, suffix=".part", delete=False
        ) as file:
            temporary = file.name
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise EnvironmentProblem(f"{path} cannot be written: {error.strerror or error}") from error
    return path
