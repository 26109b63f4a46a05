"""Read the words of a shell command line, and quote names for it.

Nothing is run: of expansions only ``~`` and ``$NAME`` are replaced, as a path is usually written
with them. Whatever else a shell would expand stays as it was typed.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from vsm.model.sanitise import HARMFUL

ANSI_C = "$'"
"""The opening of bash's and zsh's quotes in which a backslash begins an escape sequence."""

_C_ESCAPES = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
    "v": "\v",
}  # fmt: skip
_CODE = re.compile(
    r"x([0-9A-Fa-f]{1,2})|X([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})"
)
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)
_REDIRECTION = re.compile(r"(?:\d*|&)(?:<<<|<<|<>|<&|<|>>|>&|>\||>)")
_HOME = re.compile(r"~[\w.-]*", re.ASCII)


@dataclass
class Word:
    """A word as a shell reads it; ``quote`` is the quote that is still open at its end."""

    value: str = ""
    quote: str = ""
    expands: bool = False
    """Whether the shell would put something else in the place of a part of it."""
    started: bool = False
    is_redirection: bool = False


def read_words(line: str, *, fish: bool = False) -> list[Word]:
    """Read the words of the last command in ``line``; the last word is the one at its end.

    It is empty where the line ends with a blank. A backslash or an escape sequence that the line
    ends in the middle of does not count.
    """
    return _Reader(line, fish).read()


class _Reader:
    def __init__(self, line: str, fish: bool) -> None:
        self.line = line
        self.fish = fish
        self.at = 0
        self.word = Word()
        self.words = [self.word]

    def read(self) -> list[Word]:
        """Read to the end of the line."""
        while self.at < len(self.line):
            if self.word.quote:
                self._read_quoted()
            else:
                self._read_unquoted()
        return [w for w in self.words[:-1] if not w.is_redirection] + self.words[-1:]

    def _add(self, text: str, length: int) -> None:
        self.word.value += text
        self.word.started = True
        self.at += length

    def _begin_word(self) -> None:
        if self.word.started:
            self.word = Word()
            self.words.append(self.word)

    def _read_unquoted(self) -> None:
        char = self.line[self.at]
        if not self.word.started and (match := _REDIRECTION.match(self.line, self.at)):
            self.word.is_redirection = True
            self.at = match.end()
            if self.line[self.at : self.at + 1] == "(":  # process substitution
                self.word.expands = True
        elif char in " \t":
            self._begin_word()
            self.at += 1
        elif char in "<>":
            self._begin_word()
        elif char in ";&|()\n":
            self.word = Word()
            self.words = [self.word]
            self.at += 1
        elif char == "\\":
            self._read_backslash()
        elif char in "'\"":
            self._open(char)
        elif not self.fish and self.line.startswith(ANSI_C, self.at):
            self._open(ANSI_C)
        elif char == "~" and not self.word.started:
            self._expand_home()
        elif char in "$`":
            self._expand_variable()
        else:
            self._add(char, 1)

    def _read_quoted(self) -> None:
        char, following = self.line[self.at], self.line[self.at + 1 : self.at + 2]
        quote = self.word.quote
        if char == quote[-1]:
            self.word.quote = ""
            self.at += 1
        elif quote == ANSI_C and char == "\\":
            self._read_escape()
        elif char == "\\" and self._escapes_in(quote, following):
            self._add("" if following == "\n" else following, 2)
        elif quote == '"' and (char == "$" or (char == "`" and not self.fish)):
            self._expand_variable()
        else:
            self._add(char, 1)

    def _escapes_in(self, quote: str, char: str) -> bool:
        if quote == "'":
            return self.fish and char in ("\\", "'", "")
        return char in ("\\", '"', "$", "\n", "") or (char == "`" and not self.fish)

    def _open(self, quote: str) -> None:
        self.word.quote = quote
        self._add("", len(quote))

    def _read_backslash(self) -> None:
        following = self.line[self.at + 1 : self.at + 2]
        if following == "\n":  # the line goes on
            self.at += 2
        elif self.fish and following and (following in "abefnrtvxXuU01234567"):
            self._read_escape()
        else:
            self._add(following, 2)

    def _read_escape(self) -> None:
        """Read one escape sequence; bytes that follow each other as such make up characters."""
        raw = bytearray()
        while self.line.startswith("\\", self.at):
            match = _CODE.match(self.line, self.at + 1)
            if match is None:
                break
            byte, whole_byte, short, long, octal = match.groups()
            if byte or whole_byte or octal:
                raw.append(int(byte or whole_byte or octal, 8 if octal else 16) & 0xFF)
            else:
                code = int(short or long, 16)
                raw += (chr(code) if code <= 0x10FFFF else "").encode("utf-8", "ignore")
            self._add("", match.end() - self.at)
        if raw:
            at_end = self.at == len(self.line)
            self._add(raw.decode("utf-8", "ignore" if at_end else "surrogateescape"), 0)
            return
        char = self.line[self.at + 1 : self.at + 2]
        if char and char in "xXuU":  # cut off after the letter
            char = ""
            self.at += 1
        self._add(_C_ESCAPES.get(char, char), 1 + len(char))

    def _expand_home(self) -> None:
        match = _HOME.match(self.line, self.at)
        assert match is not None
        self.word.expands = True
        self._add(os.path.expanduser(match.group()), len(match.group()))

    def _expand_variable(self) -> None:
        match = _VARIABLE.match(self.line, self.at)
        if match is not None:
            self.word.expands = True
            self._add(os.environ.get(match[1] or match[2], ""), len(match.group()))
            return
        # A `$` at the end, or before what cannot follow it, stands for itself.
        char, following = self.line[self.at], self.line[self.at + 1 : self.at + 2]
        self.word.expands |= char == "`" or (
            bool(following) and following in "({[*@#?-$!0123456789"
        )
        self._add(char, 1)


# -- quoting for bash --------------------------------------------------------------------

_PLAIN = re.compile(r"[A-Za-z0-9_./%+,-]")


def _as_bytes(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode("utf-8", "surrogateescape"))


def _is_invisible(char: str) -> bool:
    """Whether a character must not reach the terminal as it is."""
    if char in " \u200d":  # a joiner belongs to emoji
        return False
    return not char.isprintable() or HARMFUL.match(char) is not None


def _quote_char(char: str, quote: str) -> str:
    invisible = f"$'{_as_bytes(char)}'"
    if quote == ANSI_C:
        return char if _PLAIN.match(char) or char == " " else _as_bytes(char)
    if quote == "'":
        if _is_invisible(char):
            return f"'{invisible}'"
        # History is expanded before quotes are read; only a backslash is always safe from it.
        return {"'": "'\\''", "!": "'\\!'"}.get(char, char)
    if quote == '"':
        if _is_invisible(char):
            return f'"{invisible}"'
        if char == "!":
            return '"\\!"'
        return f"\\{char}" if char in '\\"$`' else char
    if _is_invisible(char):
        return invisible
    return f"\\{char}" if char.isascii() and not _PLAIN.match(char) else char


def quote_for_bash(text: str, quote: str = "") -> str:
    """Write ``text`` so that bash reads exactly it after an opening ``quote``, which is closed."""
    return "".join(_quote_char(char, quote) for char in text) + quote[-1:]
