"""The context of one command: database, reader, writer, settings, clock."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from vsm.model.actor import NAME_MAX, is_name
from vsm.model.errors import (
    BadInput,
    EnvironmentProblem,
    OlderDatabase,
    Refusal,
    RefusalCode,
    Refused,
    VsmError,
)

if TYPE_CHECKING:
    from vsm.config import Config
    from vsm.keymap import Keymap
    from vsm.model.command import Command
    from vsm.model.entity import Entity
    from vsm.model.item import Item
    from vsm.model.query_tree import Query
    from vsm.model.role import Role
    from vsm.model.stream import Stage, ValueStream
    from vsm.model.team import Team
    from vsm.reader import Reader
    from vsm.session import ChangeGroup, Session

T = TypeVar("T")

_REASON = "say why with --reason 'WHY'"
_LEAVE_OUT = "leave these out, or do what their controls ask for"


class CliContext:
    """Opens things when they are asked for; click closes them when the call ends."""

    def __init__(
        self,
        db: str | None,
        stream: str | None = None,
        ascii_only: bool = False,
        theme: str | None = None,
        at: int | None = None,
        read_only: bool = False,
        user: str | None = None,
        at_most: Role | None = None,
        at_seq: int | None = None,
    ) -> None:
        if user is not None and not is_name(user):
            raise BadInput(
                f"--as {user!r:.80} is no name",
                f"use 1 to {NAME_MAX} characters without spaces, or agent:NAME",
            )
        from vsm.date_form import choose_form

        choose_form(lambda: self.config.dates)
        self._db = db
        self.read_only = read_only or at_seq is not None
        self.at_seq = at_seq
        self._as_of_entry: Path | None = None
        self.stream_name = stream
        self.ascii_only = ascii_only
        self._theme = theme
        self._user = user
        self.at_most = at_most
        self.served = False
        self._at = at
        self._reader: Reader | None = None
        self._session: Session | None = None
        self._config: Config | None = None

    # -- the database -------------------------------------------------------------

    def use(self, db: str) -> None:
        """Work with this database file instead."""
        self._db = db

    def elsewhere(self, db: str, at: int | None = None) -> CliContext:
        """The same wishes for another database file, ``at`` (UTC microseconds) taken for now."""
        return CliContext(
            db,
            self.stream_name,
            self.ascii_only,
            self._theme,
            at,
            self.read_only,
            self._user,
            self.at_most,
        )

    @property
    def named(self) -> bool:
        """Whether the database was named on the command line."""
        return self._db is not None

    @property
    def path(self) -> Path:
        """The database file: ``--db``, else ``VSM_DB``, else the one in the data folder."""
        if self._db == "":
            raise BadInput("--db is empty", "give the name of a file")
        from vsm.paths import database_file, default_database

        return default_database() if self._db is None else database_file(self._db, "--db")

    def existing(self) -> Path:
        """The database file; raises where there is none yet, saying how to make one."""
        path = self.path
        try:
            path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            raise EnvironmentProblem(
                f"no database at {path}",
                "make one: vsm init --template kanban, vsm import jira FILE --stream NAME,"
                " or vsm demo",
            ) from None
        except OSError as error:
            raise EnvironmentProblem(
                f"{path} cannot be looked at: {error.strerror or error}",
                f"check who may enter {path.parent}",
            ) from error
        return path

    def as_of_entry(self) -> Path:
        """A private database with the journal up to the entry of ``--at-seq``; its moment is now.

        It goes when the call ends.
        """
        if self._as_of_entry is None:
            import tempfile

            from vsm.cli.progress import Progress
            from vsm.connections import open_as_of_entry

            assert self.at_seq is not None
            source = self.existing()
            folder = tempfile.TemporaryDirectory(prefix="vsm-at-seq-")
            _close_later(folder.cleanup)
            copy = Path(folder.name) / source.name
            with Progress("Reading the journal") as progress:
                anchor = open_as_of_entry(source, self.at_seq, copy, progress.tell)
            self._at, self._as_of_entry = anchor.at, copy
        return self._as_of_entry

    def refuse_read_only(self) -> None:
        """Refuse to change anything where ``--read-only`` or ``--at-seq`` was given."""
        self.refuse_at_seq()
        if self.read_only:
            raise Refused(
                Refusal(
                    RefusalCode.READ_ONLY,
                    "--read-only was given, and this would change something",
                    "nothing was changed; leave --read-only away to do it",
                )
            )

    def refuse_at_seq(self) -> None:
        """Refuse what is about the database itself where ``--at-seq`` was given."""
        if self.at_seq is not None:
            raise Refused(
                Refusal(
                    RefusalCode.READ_ONLY,
                    "--at-seq is for looking at what had been recorded",
                    "nothing was done; leave --at-seq away to do it",
                )
            )

    @property
    def reader(self) -> Reader:
        """The reader of an existing database."""
        if self._reader is None:
            path = self.existing() if self.at_seq is None else self.as_of_entry()
            from vsm.reader import Reader

            try:
                self._reader = Reader(path)
            except OlderDatabase:
                if self.read_only:
                    raise
                self._bring_up_to_date(path)
                self._reader = Reader(path)
            _close_later(self._close_reader)
            self._bring_current(self._reader)
        return self._reader

    def _bring_current(self, reader: Reader) -> None:
        """Take over what the journal server of a replica has, where no follower does it."""
        state = reader.replica_state()
        if state is None or self.at_seq is not None:
            return
        is_followed = reader.is_followed()
        if is_followed and state.is_fresh:
            return
        from vsm.connections import bring_current

        trouble: VsmError | None = state.trouble
        if self.read_only:
            trouble = trouble or BadInput("nobody follows here, and --read-only was given")
        elif trouble is None or not is_followed:
            trouble = bring_current(reader.path, self.me())
        if trouble is not None:
            as_of = "" if state.as_of is None else f" as of {_clock(state.as_of)}"
            _warn(f"what is shown is{as_of or ' from some time ago'}: {trouble.message}")

    def _close_reader(self) -> None:
        assert self._reader is not None
        if self._reader.loss is not None and self._session is None:  # a writer refuses by itself
            _warn(str(self._reader.loss))
        self._reader.close()

    def _bring_up_to_date(self, path: Path) -> None:
        """Make the tables of an older vsm anew, as any change does; the old file is kept."""
        kept = self.session().open()
        if kept is not None:
            _warn(f"brought {path} up to date, a file of an older vsm, which is kept as {kept}")

    def session(self, *, create: bool = False) -> Session:
        """The writer; only with ``create`` may it make the database."""
        self.refuse_read_only()
        if self._session is None:
            path = self.path if create else self.existing()
            from vsm.session import Session

            self._session = Session(
                path, actor=self.me(), source="cli", create=create, at_most=self.at_most
            )
            _close_later(self._session.close)
        return self._session

    def do(self, commands: Iterable[Command], *, create: bool = False) -> ChangeGroup:
        """Do all of it as one group, or raise the refusal."""
        return self.accept(self.session(create=create).do(*commands))

    def accept(self, answer: T | Refusal) -> T:
        """Give what was done, or raise the refusal in the words of the command line."""
        if isinstance(answer, Refusal):
            if answer.code is RefusalCode.WIP_SOFT:
                answer = Refusal(answer.code, answer.message, _REASON, answer.items)
            for refusal in (answer, *answer.others) if answer.others else ():
                _warn(f"{refusal.message}; {refusal.remedy}")
            if answer.others:
                count = len(answer.others) + 1
                answer = Refusal(
                    answer.code, f"{count} moves were refused, so none was made", _LEAVE_OUT
                )
            raise Refused(answer)
        return answer

    # -- the clock, the person, the terminal---------------------------------------

    @property
    def config(self) -> Config:
        """What the person's configuration file says."""
        from vsm.config import load
        from vsm.paths import config_file

        if self._config is None:
            self._config = load(config_file())
        return self._config

    @property
    def keymap(self) -> Keymap:
        """The keys of the person who calls."""
        from vsm.keymap import load
        from vsm.paths import keys_file

        return load(keys_file())

    @property
    def plain(self) -> bool:
        """Whether everything is to be drawn with ASCII alone."""
        from vsm.terminal_charset import shows_unicode

        configured = self.config.ascii
        if self.ascii_only or configured is not None:
            return self.ascii_only or bool(configured)
        return not shows_unicode(os.environ)

    @property
    def theme(self) -> str:
        """The theme that was asked for, else the configured one."""
        return self._theme or self.config.theme

    @property
    def now(self) -> int:
        """This moment in UTC microseconds."""
        if self.at_seq is not None:
            self.as_of_entry()
        return time.time_ns() // 1000 if self._at is None else self._at

    def filter(self, text: str | None, view: str | None) -> str | None:
        """A filter, with that of a saved view before it where one is named."""
        if view is None:
            return text
        from vsm.model.entities import VIEW

        saved = self.find(VIEW, view).filter
        return f"({saved}) {text}" if text else saved

    def query(self, text: str | None) -> Query:
        """Read a filter; ``owner:me`` is whoever calls."""
        from vsm.model.query_parser import parse
        from vsm.model.query_tree import Query, QueryError

        if not text:
            return Query()
        try:
            return parse(text, self.me() if "me" in text.casefold() else None)
        except QueryError as error:
            raise BadInput(
                f"the filter cannot be read: {error}", "see vsm item list --help"
            ) from None

    def me(self) -> str:
        """Whoever calls: who they say they are, else the configured user, else the login."""
        from vsm.identity import whoami

        return self._user or self.config.user or whoami()

    # -- naming things ------------------------------------------------------------

    def stream(self, name: str | None = None) -> ValueStream:
        """The stream named here or before the verb; unnamed, the one used last."""
        name = self.stream_name if name is None else name
        if name is None:
            return self.reader.stream_named(None)
        from vsm.cli.names import pick

        infos = self.reader.streams()
        chosen = pick("stream", name, [(s.name, s.id) for s in infos], "vsm stream list")
        value_stream = self.reader.stream(chosen)
        if value_stream is None:
            raise BadInput(f"stream {name!r} has just gone", "vsm stream list")
        return value_stream

    def stage(self, stream: ValueStream, name: str) -> Stage:
        """The stage of this name, or of a unique beginning of it; retired ones come last."""
        from vsm.cli.names import candidates, pick

        names = [(s.name, s.id) for s in stream.line]
        if not candidates(name, names):
            retired = [(s.name, s.id) for s in stream.order if s.retired]
            names = candidates(name, retired) or names
        return stream.stage(pick(f"stage in {stream.name}:", name, names))

    def find(self, entity: Entity[T], name: str) -> T:
        """The one with this key or title, or a unique beginning of it."""
        from vsm.cli.names import candidates, pick

        known = self.reader.entities(entity)
        if entity.is_numbered:  # the beginning of a number is another number
            known = [one for one in known if getattr(one, entity.key) == name.strip()]
        names = [(getattr(value, entity.key), value) for value in known]
        if not candidates(name, names):
            titles = [(getattr(value, entity.title), value) for value in known]
            names = candidates(name, titles) or names
        return pick(entity.label, name, names, entity.add_usage)

    def team(self, name: str) -> Team:
        """The team of this name, or of a unique beginning of it."""
        from vsm.model.entities import TEAM

        return self.find(TEAM, name)

    def item(self, key: str) -> Item:
        """The item with this key; an unknown one names the closest keys."""
        item = self.reader.find_key(key.strip())
        if item is None:
            from vsm.cli.names import no_item

            raise no_item(self.reader, key)
        return item

    def items(self, keys: Sequence[str]) -> list[Item]:
        """The items with these keys, each once, in the order given."""
        by_id = {item.id: item for item in map(self.item, keys)}
        return list(by_id.values())


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _warn(text: str) -> None:
    from vsm.cli.output import note

    note(f"vsm: {text}")


def _close_later(close: Callable[[], None]) -> None:
    ctx = click.get_current_context(silent=True)
    if ctx is not None:
        ctx.find_root().call_on_close(close)


def at_terminal() -> bool:
    """Whether somebody sits at a terminal, to read and to answer."""
    return all(end is not None and end.isatty() for end in (sys.stdin, sys.stdout))


def interactive() -> bool:
    """Whether somebody sits at a terminal that a screen can be drawn on."""
    if not at_terminal():
        return False
    if os.name == "posix" and os.environ.get("TERM", "") in ("", "dumb"):
        from vsm.cli.output import note

        what = "is dumb" if os.environ.get("TERM") else "is not set"
        note(f"TERM {what}: the board as text, because this terminal cannot show a screen")
        return False
    return True


def terminal_width() -> int | None:
    """Cells of a line on the terminal, or ``None`` where standard output is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    import shutil

    return max(20, shutil.get_terminal_size().columns)


pass_context = click.make_pass_decorator(CliContext)
