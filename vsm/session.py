"""The only door to writing: one person, at one keyboard or in one script.

Every method blocks for as long as the write takes; a screen calls them from a thread. A rule
that says no comes back as a :class:`~vsm.model.errors.Refusal`; what the machine says no to
(locked, full, damaged) is raised as :class:`~vsm.model.errors.EnvironmentProblem`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.gc_pause import without_collector
from vsm.model.actor import ActorKind
from vsm.model.board import Redacted
from vsm.model.change_group import ChangeGroup, LastGroup
from vsm.model.command import Command, RemoveEntity
from vsm.model.entities import GRANT, MEMBER
from vsm.model.errors import (
    UNCHANGED,
    BadInput,
    EnvironmentProblem,
    Refusal,
    RefusalCode,
    Refused,
)
from vsm.model.history import ImportPlan, ImportResult, Progress
from vsm.model.role import Right, Role
from vsm.store.transaction import Transaction
from vsm.store.turn import JOURNAL_IMPORT, TAKING_OUT, long_import
from vsm.store.writer import Writer, clock

if TYPE_CHECKING:
    from vsm.model.decide.batch import Decided, Make
    from vsm.model.event import Event, Recorded
    from vsm.store.undo_groups import Group


__all__ = ["BOARDS", "ChangeGroup", "LastGroup", "Session", "clock"]

BOARDS = ("tui", "ssh", "web")
"""The doors behind which somebody sits at a board: undo there takes back what this sitting did."""


class _Rollback(Exception):
    """Leaves a transaction with a refusal, so that nothing of it stays."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


class Session:
    """Writes as ``actor``; ``source`` is ``cli``, ``tui``, ``ssh``, ``web`` or another door's name.

    ``session`` identifies this sitting in the journal (one is made up if none is given). At a
    board an undo takes back what this sitting did, elsewhere what the actor did. Only the demo
    gives a ``clock`` of its own, so that its organisation has a past. ``on_begin`` is called
    inside each transaction before it changes anything, and may raise to give the change up. Without
    ``create`` a database that is not there is an error: it was there just now, and a new one in its
    place would look like lost work. Nothing may be done here that a role ``at_most`` may not do.
    """

    def __init__(
        self,
        path: Path,
        *,
        actor: str,
        source: str = "cli",
        session: str | None = None,
        read_only: bool = False,
        clock: Callable[[], int] = clock,
        on_begin: Callable[[], None] | None = None,
        create: bool = True,
        at_most: Role | None = None,
    ) -> None:
        self.path = path
        self.actor = actor
        self.source = source
        self.session = session or uuid.uuid4().hex
        self.read_only = read_only
        self._writer = Writer(
            path,
            actor=actor,
            session=self.session,
            source=source,
            clock=clock,
            on_begin=on_begin,
            create=create,
            at_most=at_most,
        )

    def open(self) -> Path | None:
        """Make or upgrade the database now instead of at the first change.

        Returns where the file of an older vsm is kept, if this was one.
        """
        self._writable()
        return self._writer.open()

    def close(self) -> None:
        """Give the connection back."""
        self._writer.close()

    def _writable(self) -> None:
        if self.read_only:
            raise EnvironmentProblem(f"{self.path} is open read-only", "nothing was changed")

    # -- changes ----------------------------------------------------------------

    def do(self, *commands: Command) -> ChangeGroup | Refusal:
        """Do these commands as one group, all or nothing."""
        from vsm.model.decide import decisions, permit_many
        from vsm.model.unchanged import unchanged

        self._writable()
        try:
            with self._writer.transaction() as tx:
                self._allow(permit_many(tx.view, len(commands)))
                refused: list[Refusal] = []
                for command, decision in decisions(tx.view, commands):
                    if not isinstance(decision, Refusal):
                        tx.record(decision, at=getattr(command, "at", None))
                    elif decision.code is RefusalCode.GATE or not refused:
                        refused.append(decision)
                    if refused and refused[0].code is not RefusalCode.GATE:
                        break
                if refused:
                    raise _Rollback(replace(refused[0], others=tuple(refused[1:])))
                if not tx.recorded:
                    raise _Rollback(unchanged(tx.view, commands))
                return self._done(tx)
        except _Rollback as rollback:
            self._writer.record_refused_moves([rollback.refusal, *rollback.refusal.others])
            return rollback.refusal

    def do_each(
        self, *commands: Command, ask_at: Collection[RefusalCode] = (RefusalCode.WIP_SOFT,)
    ) -> ChangeGroup | Refusal:
        """Do as many of these commands as the rules allow, as one group.

        What is refused is left out and listed in ``ChangeGroup.refused``. At limits of the kinds
        ``ask_at`` nothing is done at all: the refusal names the items that have no room, and the
        commands can be given again, with a reason or without asking. A hard limit is asked about
        only where some items have room.
        """
        from vsm.model.decide import decide, permit_many
        from vsm.model.unchanged import unchanged

        self._writable()
        try:
            with self._writer.transaction() as tx:
                self._allow(permit_many(tx.view, len(commands)))
                refused: list[tuple[Command, Refusal]] = []
                for command in commands:
                    decision = decide(tx.view, command)
                    if isinstance(decision, Refusal):
                        refused.append((command, decision))
                    else:
                        tx.record(decision, at=getattr(command, "at", None))
                asking = [(c, r) for c, r in refused if r.code in ask_at]
                asking.sort(key=lambda pair: pair[1].code is RefusalCode.WIP_HARD)
                if asking and (tx.recorded or asking[0][1].code is RefusalCode.WIP_SOFT):
                    raise _Rollback(self._asking(tx, asking))
                if not tx.recorded and not refused:
                    raise _Rollback(unchanged(tx.view, commands))
                done = replace(self._done(tx), refused=tuple(refused))
        except _Rollback as rollback:
            return rollback.refusal
        self._writer.record_refused_moves([refusal for _, refusal in refused])
        return done

    def do_batch(
        self, make: Make, *, dry_run: bool = False
    ) -> tuple[Decided, ChangeGroup | Refusal]:
        """Do all commands that follow from each other, or none; with all that is refused."""
        from vsm.model.decide import permit_many
        from vsm.model.decide.batch import Decided, decide_batch

        self._writable()
        decided = Decided()
        try:
            with self._writer.transaction(records=not dry_run) as tx:
                decided = decide_batch(tx.view, make, tx.record)
                self._allow(permit_many(tx.view, decided.asked))
                if dry_run or decided.refused or not tx.recorded:
                    raise _Rollback(UNCHANGED)
                return decided, self._done(tx)
        except _Rollback as rollback:
            if not dry_run:
                self._writer.record_refused_moves(one.refusal for one in decided.refused)
            return decided, rollback.refusal

    def _asking(self, tx: Transaction, asking: list[tuple[Command, Refusal]]) -> Refusal:
        first = asking[0][1]
        items = [tx.view.item(getattr(command, "item", 0)) for command, _ in asking]
        return replace(first, items=tuple(item.key for item in items if item is not None))

    def undo(self, grp: int | None = None, *, earlier: bool = False) -> ChangeGroup | Refusal:
        """Take the last group back, or the one that :meth:`preview_undo` showed.

        What was taken out of the journal cannot be undone: that is refused; with ``earlier`` the
        change before it is taken back.
        """
        from vsm.model.undo import inverse
        from vsm.store import undo_groups

        self._writable()
        try:
            with self._writer.transaction() as tx:
                groups = undo_groups.recent(tx.conn, self.actor)
                if grp is None:
                    group = undo_groups.to_undo(groups, self._sitting)
                    self._allow(None if earlier else self._refuse_final(tx, group))
                else:
                    group = undo_groups.still_standing(groups, grp)
                if group is None:
                    raise _Rollback(self._nothing(tx, "undo"))
                undone = undo_groups.events(tx.conn, group.grp)
                self._record_each(tx, inverse(undone, tx.view), group.grp)
                return self._done(tx, undid=undone)
        except _Rollback as rollback:
            return rollback.refusal

    def preview_undo(self, *, earlier: bool = False) -> LastGroup | Refusal:
        """The actor's last change of any session, or why it cannot be undone; changes nothing.

        ``earlier`` as in :meth:`undo`.
        """
        from vsm.model.undo import inverse
        from vsm.store import undo_groups
        from vsm.store.changes import label

        self._writable()
        preview: LastGroup | Refusal = Refusal(RefusalCode.UNDO, "there is nothing to undo")
        try:
            with self._writer.transaction(records=False) as tx:
                group = undo_groups.to_undo(undo_groups.recent(tx.conn, self.actor), None)
                self._allow(None if earlier else self._refuse_final(tx, group))
                if group is not None:
                    entries = undo_groups.events(tx.conn, group.grp)
                    text = label(tx.conn, entries)
                    preview = LastGroup(group.grp, text, entries[0].recorded_at)
                    first = next(iter(inverse(entries, tx.view)), None)
                    if isinstance(first, Refusal):
                        message = f"your last change was: {text}. It stays: {first.message}"
                        preview = replace(first, message=message)
                raise _Rollback(UNCHANGED)
        except _Rollback as rollback:
            return preview if rollback.refusal is UNCHANGED else rollback.refusal

    def _refuse_final(self, tx: Transaction, group: Group | None) -> Refusal | None:
        from vsm.store import undo_groups

        if self._sitting is not None:
            return None
        return undo_groups.refuse_final(tx.conn, self.actor, group)

    def redo(self) -> ChangeGroup | Refusal:
        """Take the last undo back, if nothing new was done since."""
        from vsm.model.undo import redo
        from vsm.store import undo_groups

        self._writable()
        try:
            with self._writer.transaction() as tx:
                undo = undo_groups.to_redo(undo_groups.recent(tx.conn, self.actor), self._sitting)
                if undo is None or undo.undoes is None:
                    raise _Rollback(self._nothing(tx, "redo"))
                undone = undo_groups.events(tx.conn, undo.undoes)
                made = redo(undone, undo_groups.events(tx.conn, undo.grp), tx.view)
                self._record_each(tx, made, undo.grp, {id(r.event): r.at for r in undone})
                return self._done(tx)
        except _Rollback as rollback:
            self._writer.record_refused_moves([rollback.refusal])
            return rollback.refusal

    @staticmethod
    def _allow(refusal: Refusal | None) -> None:
        """Give the transaction up where whoever acts may not do this."""
        if refusal is not None:
            raise _Rollback(refusal)

    @property
    def _sitting(self) -> str | None:
        """The session whose changes an undo means; elsewhere than at a board any of the actor's."""
        return self.session if self.source in BOARDS else None

    def _nothing(self, tx: Transaction, what: str) -> Refusal:
        from vsm.store import undo_groups

        if what == "undo" and undo_groups.to_undo(undo_groups.recent(tx.conn, self.actor), None):
            return Refusal(
                RefusalCode.EARLIER,
                "nothing was done in this session",
                "for earlier changes: vsm undo",
            )
        return Refusal(RefusalCode.UNDO, f"there is nothing to {what}")

    def _record_each(
        self,
        tx: Transaction,
        made: Iterable[Event | Refusal],
        undoes: int,
        at: dict[int, int] | None = None,
    ) -> None:
        from vsm.model.decide import decide_again

        for event in made:
            decision = event if isinstance(event, Refusal) else decide_again(tx.view, event)
            if isinstance(decision, Refusal):
                raise _Rollback(decision)
            tx.record([decision], undoes=undoes, at=(at or {}).get(id(event)))

    def _done(self, tx: Transaction, undid: list[Recorded] | None = None) -> ChangeGroup:
        from vsm.store.changes import describe_entries, label

        changes = describe_entries(tx.conn, tx.recorded)
        if undid is not None:
            return ChangeGroup(tx.grp, label(tx.conn, undid, prefix="undid: "), tuple(changes))
        return ChangeGroup(tx.grp, label(tx.conn, tx.recorded), tuple(changes))

    def forget(self, login: str, reason: str) -> Redacted | Refusal:
        """Take somebody's login and name out of everything, and the member out of all lists.

        This cannot be undone. Raises :class:`~vsm.model.errors.BadInput` for a login that nobody
        has.
        """
        from vsm.model.decide import decide, people, permit
        from vsm.store import entities, redaction

        self._writable()
        try:
            with self._writer.transaction(long=TAKING_OUT) as tx:
                self._allow(permit(tx.view, Right.ROLES))
                member = entities.find(tx.conn, MEMBER, login)
                grant = entities.find(tx.conn, GRANT, login)
                gone: list[Command] = [] if member is None else people.leaving(tx.view, member.id)
                gone += [] if grant is None else [RemoveEntity(GRANT, grant.id)]
                for command in gone:
                    decision = decide(tx.view, command)
                    if isinstance(decision, Refusal):
                        raise _Rollback(decision)
                    tx.record(decision)
                done = redaction.forget(tx, login, reason)
        except _Rollback as rollback:
            return rollback.refusal
        return done._replace(is_wiped=self._writer.wipe())

    def take_out(self, seq: int, field: str, reason: str) -> Redacted | Refusal:
        """Take the texts of a field out of an entry, and wherever else its item has them.

        This cannot be undone. Raises :class:`~vsm.model.errors.BadInput` where there are none.
        """
        from vsm.model.decide import permit
        from vsm.store import redaction

        self._writable()
        try:
            with self._writer.transaction(long=TAKING_OUT) as tx:
                self._allow(permit(tx.view, Right.ROLES))
                done = redaction.take_out(tx, seq, field, reason)
        except _Rollback as rollback:
            return rollback.refusal
        return done._replace(is_wiped=self._writer.wipe())

    def import_histories(
        self, plan: ImportPlan, *, dry_run: bool = False, progress: Progress | None = None
    ) -> ImportResult:
        """Record the histories of a plan in one transaction, as one group.

        A dry run decides everything against the database and records nothing. A plan that
        brings nothing new records nothing. ``progress`` gets (items done, items in all).
        """
        from vsm.model.decide import permit
        from vsm.store import importing

        self._writable()
        result: ImportResult | None = None
        try:
            with (
                without_collector(),
                self._writer.transaction(
                    kind=ActorKind.IMPORT,
                    long=long_import(len(plan.histories)),
                    records=not dry_run,
                ) as tx,
            ):
                not_allowed = permit(tx.view, Right.MANY)
                if not_allowed is not None:
                    raise Refused(not_allowed)
                stream = importing.ensure_stream(tx, plan)
                work = importing.compare(tx, plan, stream)
                result = importing.result_of(plan, stream, work, dry_run=dry_run)
                if dry_run or not (work.statements or work.sprints):
                    raise _Rollback(Refusal(RefusalCode.STATE, "nothing to record"))
                for done in importing.record(tx, plan, stream, work):
                    if progress is not None:
                        progress(done, len(work.statements))
        except _Rollback:
            if result is None:
                raise
        if result is None:
            raise LookupError("the import ended without a result")
        return result

    def import_journal(
        self, lines: Iterable[bytes], file: str, *, progress: Progress | None = None
    ) -> int:
        """Fill an empty database with an exported journal; returns the number of entries.

        The journal is then the same to the last byte, with who did what and when. Raises
        :class:`~vsm.model.errors.BadInput` for a file that is not whole, and where the database
        holds anything; ``progress`` gets (entries done, entries in all).
        """
        from vsm.store import dump, journal
        from vsm.store.replay import replay

        self._writable()
        with (
            without_collector(),
            self._writer.transaction(long=JOURNAL_IMPORT) as tx,
        ):
            if journal.head(tx.conn)[0]:
                raise BadInput(
                    f"{self.path} holds work already, and a journal is imported as a whole",
                    f"import it into a new file: vsm --db NEW.db import journal {file}",
                )
            entries = dump.load(tx.conn, lines, file, progress)
            replay(tx.conn)
            return entries

    def rebuild(self, progress: Progress | None = None) -> int:
        """Drop the projected tables and replay the journal; returns the events read.

        Triggers that vsm did not make go too, and those of the journal are as they should be; what
        was deleted is overwritten.
        """
        from vsm.store.replay import replay
        from vsm.store.tables import restore_triggers

        self._writable()
        with without_collector(), self._writer.transaction(repair=True, records=False) as tx:
            restore_triggers(tx.conn)
            read = replay(tx.conn, progress)
        self._writer.wipe()
        return read
