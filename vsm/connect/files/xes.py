"""Reads event logs as XES, the standard of process mining (IEEE 1849), as a stream."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from sys import intern
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ErrorString

from vsm.connect.files import item_fields
from vsm.connect.files.columns import ABOUT, TEAM, plain
from vsm.connect.files.date_parser import DateParser
from vsm.connect.files.event_log import EventLog
from vsm.connect.files.file_head import Head
from vsm.connect.files.parsed_file import ParsedFile
from vsm.connect.files.source import Source, size
from vsm.connect.files.tabular import about, dates
from vsm.gc_pause import without_collector
from vsm.model.errors import BadInput
from vsm.model.history import Progress, Skipped
from vsm.model.sanitise import inert_line

TAG_MAX = 8 << 20
"""Most bytes of one tag."""
DEPTH_MAX = 200
"""How deep tags may be nested."""

_VALUES = frozenset(("string", "date", "int", "float", "boolean", "id"))
_ABOUT = {name: role.name for role in reversed(ABOUT) if role is not TEAM for name in role.names}
_PEOPLE = ("org:resource", "resource")
_TEAMS = ("org:group", "team", "workgroup")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def matches(head: Head) -> bool:
    """Whether a file looks like XML."""
    return head.begins(b"<")


def read(
    path: Path,
    *,
    zone: str,
    joined: bool = False,
    progress: Progress | None = None,
) -> ParsedFile:
    """Read a log; ``zone`` is that of times which name none.

    Raises :class:`BadInput` with file, line and attribute if anything is malformed: nothing of such
    a file is used. Entities and document types are refused: they can exhaust memory.
    """
    from defusedxml import DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden
    from defusedxml.ElementTree import DefusedXMLParser

    with Source(path, progress) as source, without_collector():
        log = _Log(source.name, DateParser(zone), joined)
        parser = DefusedXMLParser(target=log, forbid_dtd=True)
        log.expat = parser.parser
        fed = 0
        try:
            for block in source.blocks(1 << 16):
                if not fed and not block.lstrip(b" \t\r\n").startswith((b"<", *_BOMS)):
                    raise BadInput(f"{source.name} line 1: this is no XML", "give a XES file")
                parser.feed(block)
                fed += len(block)
                if fed - max(0, log.expat.CurrentByteIndex) > TAG_MAX:
                    line = log.expat.CurrentLineNumber
                    raise BadInput(
                        f"{source.name} line {line} has a tag of more than {size(TAG_MAX)}",
                        "that is no log that could be imported",
                    )
            if not fed:
                raise BadInput(f"{source.name} is empty", "look at where it comes from")
            parser.close()
        except (DTDForbidden, EntitiesForbidden, ExternalReferenceForbidden) as error:
            raise BadInput(
                f"{source.name} line {log.line} declares a document type or entities, which are"
                " not read",
                "a XES log has none: export it again, or take the declaration out",
            ) from error
        except ParseError as error:
            line, column = error.position
            what = ErrorString(error.code)
            raise BadInput(
                f"{source.name} line {line}, column {column + 1}: this is not valid XML ({what})",
                "nothing was imported: export the file again",
            ) from error
        except (LookupError, ValueError) as error:
            raise BadInput(
                f"{source.name} line {log.line} cannot be read: {inert_line(str(error))}",
                "save it as UTF-8",
            ) from error
        return log.finish(source.sha256())


class _Log:
    """The target of the parser: keeps the open trace and event, and gathers finished ones."""

    def __init__(self, file: str, clock: DateParser, joined: bool) -> None:
        self.expat: Any = None
        self._log = EventLog(file, joined=joined)
        self._file, self._clock = file, clock
        self._depth = 0
        self._open: list[str] = []
        self._trace: dict[str, tuple[str, int]] = {}
        self._event: dict[str, tuple[str, int]] = {}
        self._events: list[tuple[dict[str, tuple[str, int]], int]] = []
        self._began = 0
        self._names: dict[str, str] = {"": ""}
        self._words: set[str] = set()
        self._homeless = 0

    @property
    def line(self) -> int:
        """The current line of the parser."""
        return int(self.expat.CurrentLineNumber)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open a trace, an event, or a value of one of them."""
        name = tag.rpartition("}")[2]
        self._open.append(name)
        depth = len(self._open)
        if depth > DEPTH_MAX:
            raise BadInput(
                f"{self._file} line {self.line}: tags are nested deeper than {DEPTH_MAX}",
                "that is no log that could be imported",
            )
        if name in _VALUES:
            above = self._open[-2] if depth > 1 else ""
            if above == "event":
                self._event[attributes.get("key", "")] = (attributes.get("value", ""), self.line)
            elif above == "trace":
                self._trace[attributes.get("key", "")] = (attributes.get("value", ""), self.line)
        elif depth == 1 and name != "log":
            raise BadInput(
                f"{self._file} line {self.line}: this is XML, but no XES log: it begins with"
                f" {item_fields.shown(name)}",
                "a XES file begins with <log>",
            )
        elif name == "trace":
            self._trace, self._events, self._began = {}, [], self.line
        elif name == "event":
            self._event, self._event_line = {}, self.line

    def end(self, tag: str) -> None:
        """Close a tag; a trace or an event is complete then."""
        name = self._open.pop()
        if name == "event":
            if self._open and self._open[-1] == "trace":
                self._events.append((self._event, self._event_line))
            else:
                self._homeless += 1
        elif name == "trace":
            self._take()

    def close(self) -> None:
        """The document ends."""

    # -- one trace ---------------------------------------------------------------------

    def _take(self) -> None:
        raw_case, line = self._trace.get("concept:name", ("", self._began))
        case = self._name(raw_case, "concept:name", line)
        if not case:
            raise BadInput(
                f"{self._file} line {self._began}, field concept:name: the trace has none",
                "every case needs an id",
            )
        if not self._events:
            self._log.skipped.append(
                Skipped(f"{self._file} line {self._began}", f"{case} has no events")
            )
            return
        if case in self._log.lines:
            why = f"{case} has more than one trace: merged into one"
            self._log.notes.append(Skipped(f"{self._file} line {self._began}", why))
        self._log.lines.setdefault(case, self._began)
        events = self._log.cases[case]
        times = [self._needed(event, "time:timestamp", line) for event, line in self._events]
        moments = self._clock.iso([text for text, _ in times])
        if moments is None:
            moments = self._moments(times)
        for (event, line), at in zip(self._events, moments, strict=True):
            activity, place = self._needed(event, "concept:name", line)
            word = self._of(event, "lifecycle:transition")
            self._words.add(word)
            events.append(
                (
                    at,
                    self._name(activity, "concept:name", place),
                    "",
                    self._of(event, *_PEOPLE),
                    word,
                    self._of(event, *_TEAMS),
                )
            )
        self._log.about.setdefault(case, {}).update(self._about())

    def _moments(self, times: list[tuple[str, int]]) -> list[int]:
        def where(place: int) -> str:
            return f"{self._file} line {times[place][1]}, field time:timestamp"

        texts = [text for text, _ in times]
        self._clock.learn(texts, where)
        self._clock.settle()
        return self._clock.moments(texts, where)

    def _about(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, (text, line) in self._trace.items():
            role = _ABOUT.get(plain(key))
            if role is not None and role not in out and key != "concept:name":
                where = partial(self._where, key, line)
                out.update(about(role, text, where, self._clock))
        return out

    def _needed(self, event: dict[str, tuple[str, int]], key: str, line: int) -> tuple[str, int]:
        value = event.get(key)
        if value is None or not value[0].strip():
            raise BadInput(
                f"{self._where(key, line)}: the event has none", "mend or leave out this event"
            )
        return value

    def _of(self, event: dict[str, tuple[str, int]], *keys: str) -> str:
        key = next((key for key in keys if key in event), "")
        text, line = event.get(key, ("", 0))
        return self._name(text, key, line)

    def _name(self, text: str, key: str, line: int) -> str:
        try:
            return self._names[text]
        except KeyError:
            short = intern(item_fields.name(text, partial(self._where, key, line)))
            return self._names.setdefault(text, short)

    def _where(self, key: str, line: int) -> str:
        return f"{self._file} line {line}, field {inert_line(key)}"

    # -- the whole file ----------------------------------------------------------------

    def finish(self, sha256: str) -> ParsedFile:
        """Make the result for the whole file."""
        if self._homeless:
            why = f"{self._homeless:,} events belong to no trace"
            self._log.skipped.append(Skipped(self._file, why))
        return self._log.finish(sha256, sorted(self._words - {""}), dates(self._clock))
