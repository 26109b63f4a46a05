"""Texts to begin with (definition of ready, test plan …): bundled Markdown files and users' own.

A user's file in the folder ``texts`` beside their templates replaces a bundled one of its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.paths import template_folder
from vsm.toml_files import read_text

BUNDLED = Path(__file__).parent / "texts"
TEXT_MAX = 19_000
"""Most bytes of a text: an item's description holds 20,000 characters."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to begin with. ``path`` is the user's file, empty for a bundled one."""

    name: str
    title: str
    body: str
    path: str = ""


def names() -> list[str]:
    """The names of all texts."""
    return sorted(_paths())


def read(name: str) -> Text:
    """The text of this name; raises :class:`BadInput` where there is none or it cannot be used."""
    paths = _paths()
    key = name.strip().casefold().removesuffix(".md")
    path = paths.get(key)
    if path is None:
        from difflib import get_close_matches

        close = get_close_matches(key, paths, n=1, cutoff=0.6)
        guess = f", did you mean {close[0]!r}?" if close else ""
        raise BadInput(
            f"there is no text {name[:60]!r}{guess}", f"there are: {', '.join(sorted(paths))}"
        )
    try:
        body = read_text(path, most=TEXT_MAX).strip()
    except OSError as error:
        raise EnvironmentProblem(f"{path} cannot be read: {error.strerror or error}") from error
    if not body:
        raise BadInput(f"{path} is empty", "write the text into it, or remove it")
    return Text(key, _title(body) or key, body, "" if path.parent == BUNDLED else str(path))


def append(description: str, text: Text, key: str) -> str:
    """The description of an item with a text below it; refuses a heading that it has already."""
    heads = [line.lstrip("#").strip() for line in description.splitlines() if line[:1] == "#"]
    if text.title.casefold() in [head.casefold() for head in heads]:
        raise BadInput(f"{key} has the heading {text.title!r} already", "fill that one in")
    return f"{description.rstrip()}\n\n{text.body}".lstrip("\n")


def _title(body: str) -> str:
    """The first heading of a text."""
    heads = (line for line in body.splitlines() if line.startswith("#"))
    return next(heads, "").lstrip("#").strip()


def _paths() -> dict[str, Path]:
    own = template_folder()
    folders = [BUNDLED, *([own / "texts"] if own is not None else [])]
    out: dict[str, Path] = {}
    for folder in folders:
        try:
            files = [path for path in folder.iterdir() if path.suffix == ".md" and path.is_file()]
        except OSError:
            continue  # not there, or not to be read: the bundled ones are
        out |= {path.stem.casefold(): path for path in files}
    return out
