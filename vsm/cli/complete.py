"""Answer a shell that asks how a command line may go on.

The shell sets ``_VSM_COMPLETE`` to its name and ``_VSM_LINE`` to the command up to the cursor.
Names come from a database that others write too: none of them may be run by the shell or act on
the terminal. Where something cannot be read there is no candidate and no message, because the
person is typing and the command itself will report it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import click
from click.shell_completion import (
    CompletionItem,
    _resolve_context,
    _resolve_incomplete,
    get_completion_class,
)

from vsm.cli.completion_scripts import SCRIPTS
from vsm.cli.shell_words import quote_for_bash, read_words
from vsm.model.sanitise import inert_line

REQUEST = "_VSM_COMPLETE"
DESCRIPTION_MAX = 80
"""Characters of a description that are shown at most."""

_NEEDS_NO_QUOTES = re.compile(r"[\w.,/@%+-]+")
"""Names that any shell reads as they stand."""

_CONTROL_IN_QUOTES = "".join(map(chr, (*range(10), *range(11, 32), *range(127, 160))))
"""Control characters but for the line feed, which any command line may have."""


@dataclass(frozen=True)
class Candidate:
    """What a word may become, and what to show for it."""

    value: str
    text: str
    description: str = ""


def answer(root: click.Command, request: str) -> None:
    """Write the candidates to standard output; nothing where there are none."""
    try:
        text = _answer(root, request)
    except Exception:
        return
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def _answer(root: click.Command, request: str) -> str:
    shell, _, action = request.partition("_")
    if action == "source":
        return SCRIPTS[shell]
    if action == "complete":
        return _answer_older_script(root, shell)
    line = os.environ["_VSM_LINE"]
    words = read_words(line, fish=request == "fish")
    current = words.pop()
    if current.is_redirection or not words:
        return ""
    kind, candidates = _find(root, [word.value for word in words[1:]], current.value)
    if kind == "plain" and (current.expands or not candidates):
        return ""
    if request == "bash":
        texts = _for_bash(candidates, line, os.environ["_VSM_WORD"], current.value)
        is_open_ended = all(c.value.endswith("/") for c in candidates)
        return "\n".join(["nospace" if is_open_ended else "plain", *texts]) if texts else ""
    if kind != "plain":  # zsh and fish offer files by themselves
        return f"{kind}\0"
    if request == "zsh":
        return "\0".join([*_for_zsh(candidates), ""])
    if request == "fish":
        return "\0".join([kind, *_for_fish(candidates, current.quote), ""])
    return ""


# -- which candidates there are ----------------------------------------------------------


def _find(root: click.Command, args: list[str], incomplete: str) -> tuple[str, list[Candidate]]:
    """The kind of the candidates (``plain``, ``file`` or ``dir``) and all of them."""
    ctx = _resolve_context(root, {}, "vsm", list(args))
    begun = ""
    last = args[-1] if args else ""
    if incomplete.startswith("--") and "=" in incomplete and "--" not in args:
        last, _, incomplete = incomplete.partition("=")
        begun = f"{last}="
    option = _option_that_needs_value(ctx, last) if "--" not in args else None
    candidates: Iterable[CompletionItem[str]]
    if option is not None:
        candidates = option.shell_complete(ctx, incomplete)
    elif begun:
        candidates = []
    else:
        target, incomplete = _resolve_incomplete(ctx, list(args), incomplete)
        candidates = target.shell_complete(ctx, incomplete)
        if isinstance(target, click.Parameter) and "--" not in args:
            candidates = _keep_dashes_apart(candidates)
    candidates = list(candidates)
    kinds = {item.type for item in candidates}
    if len(kinds) == 1 and kinds <= {"file", "dir"}:
        kind = kinds.pop()
        paths = _list_files(incomplete, only_folders=kind == "dir")
        return kind, [Candidate(begun + path, path) for path in paths]
    return "plain", [
        Candidate(begun + item.value, inert_line(item.value), _shorten(item.help or ""))
        for item in _prefer_same_case(candidates, incomplete)
        if item.type == "plain" and "\0" not in item.value
    ]


def _prefer_same_case(
    candidates: list[CompletionItem[str]], incomplete: str
) -> list[CompletionItem[str]]:
    """Where some begin with just what was typed, those that do so in other letter case go."""
    return [item for item in candidates if item.value.startswith(incomplete)] or candidates


def _option_that_needs_value(ctx: click.Context, name: str) -> click.Option | None:
    for param in ctx.command.get_params(ctx):
        if not isinstance(param, click.Option) or param.is_flag or param.count:
            continue
        if name in (*param.opts, *param.secondary_opts):
            return param
    return None


def _keep_dashes_apart(candidates: Iterable[CompletionItem[str]]) -> list[CompletionItem[str]]:
    """Offer ``--`` for names that begin with ``-``: only after it they are no options."""
    listed = list(candidates)
    kept = [item for item in listed if not item.value.startswith("-")]
    if len(kept) < len(listed):
        kept.append(CompletionItem("--", help="before a name that begins with -"))
    return kept


def _list_files(beginning: str, *, only_folders: bool) -> list[str]:
    """Paths that begin so; folders end with a slash, hidden files are left out unless meant."""
    folder, name = os.path.split(beginning)
    with os.scandir(folder or ".") as entries:
        return sorted(
            os.path.join(folder, entry.name) + ("/" if entry.is_dir() else "")
            for entry in entries
            if entry.name.startswith(name)
            and (name.startswith(".") or not entry.name.startswith("."))
            and (entry.is_dir() or not only_folders)
        )


def _shorten(description: str) -> str:
    line = inert_line(description)
    return line if len(line) <= DESCRIPTION_MAX else line[: DESCRIPTION_MAX - 1].rstrip() + "…"


# -- how each shell takes them -----------------------------------------------------------


def _for_bash(candidates: list[Candidate], line: str, replaced: str, typed: str) -> list[str]:
    """What is to stand in the place of ``replaced``, the end of the line, for each candidate.

    Readline closes an open quote only where the text does not end with that character already,
    so each text closes it. One that bash would not read as exactly the name is left out.
    """
    if not line.endswith(replaced):
        return []
    before = line[: len(line) - len(replaced)]
    kept = read_words(before)[-1]
    texts = []
    for candidate in candidates:
        value = candidate.value
        if len(candidates) > 1 and value[: len(typed)].casefold() == typed.casefold():
            value = typed + value[len(typed) :]  # readline inserts what all have in common
        begins_alike = value[: len(kept.value)].casefold() == kept.value.casefold()
        if kept.expands or not begins_alike:
            continue
        text = quote_for_bash(value[len(kept.value) :], kept.quote)
        read = read_words(before + text)[-1]
        full = kept.value + value[len(kept.value) :]
        if (read.value, read.quote, read.expands) == (full, "", False):
            texts.append(text)
    return texts


def _for_zsh(candidates: list[Candidate]) -> list[str]:
    """The kind (``described`` or ``plain``), then each value with the text to show for it."""
    described = any(candidate.description for candidate in candidates)
    width = min(30, max((len(candidate.text) for candidate in candidates), default=0))
    out = ["described" if described else "plain"]
    for candidate in candidates:
        text = candidate.text
        if candidate.description:
            text = f"{text:<{width}}  -- {candidate.description}"
        out += [candidate.value, text]
    return out


def _for_fish(candidates: list[Candidate], quote: str) -> list[str]:
    """Each value, with its description behind a tab, which a value itself cannot have.

    Fish writes control characters of a name as escape sequences, but after an opening quote it
    would send them to the terminal as they are.
    """
    unsafe = _CONTROL_IN_QUOTES if quote else "\t"
    return [
        f"{candidate.value}\t{candidate.description}" if candidate.description else candidate.value
        for candidate in candidates
        if not any(char in unsafe for char in candidate.value)
    ]


def _answer_older_script(root: click.Command, shell: str) -> str:
    """Answer a script that an earlier vsm printed: offer only what cannot be misread.

    That of bash quotes nothing; those of zsh and fish read values line by line.
    """
    completion = get_completion_class(shell)
    if completion is None:
        return ""
    asked = completion(root, {}, "vsm", REQUEST)
    lines = []
    for item in asked.get_completions(*asked.get_completion_args()):
        value = item.value
        is_safe = _NEEDS_NO_QUOTES.fullmatch(value) if shell == "bash" else value.isprintable()
        if item.type != "plain" or (is_safe and value == inert_line(value)):
            lines.append(asked.format_completion(item))
    return "\n".join(lines)
