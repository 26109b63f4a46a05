"""Judges the items of a population by controls as they were, on the facts of then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from vsm.features.compliance.results import Member, VerdictRow
from vsm.model.control.audit import ControlText, text_at
from vsm.model.control.control import Control, Result, Verdict, Waiver, mode_of
from vsm.model.control.evaluation import applies, covers, describe, evaluate
from vsm.model.control.facts import recorded_in_time
from vsm.model.control.recorded import Recorded
from vsm.model.control.records import ChangeRecords
from vsm.model.control.trigger import Moment, origins, read_trigger
from vsm.model.item import Item
from vsm.model.rules import as_of, local
from vsm.model.stream import ValueStream

Texts = Mapping[str, Sequence[ControlText]]
"""The texts of each control by its name, in their order; one that was set again goes on."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """A control's text and the moment at which it judges an item: a move, or the end."""

    control: Control
    is_late: bool
    at: int
    target: int | None
    stream: ValueStream


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges items that counted in one stream; ``end`` is the last moment that counts.

    Moves are judged in the stream that they were made in, by ``stages``: all streams by the ids
    of their stages. ``recorded`` are verdicts of the journal by control and item.
    """

    records: ChangeRecords
    stages: Mapping[int, ValueStream]
    texts: Texts
    waivers: Sequence[Waiver]
    recorded: Mapping[tuple[int, int], Sequence[Recorded]]
    end: int
    fits: Callable[[Control], bool]

    def verdicts(self, member: Member) -> list[VerdictRow]:
        """The verdict of each control on an item, also of those that do not apply to it."""
        rows: list[VerdictRow] = []
        by_moment: dict[tuple[int, int | None], list[_Moment]] = defaultdict(list)
        for texts in self.texts.values():
            text, is_late = text_at(texts, min(member.at, self.end))
            if text is None or not self.fits(text.control):
                continue
            moment = self._moment(texts, text.control, is_late, member)
            if moment is None:
                at = min(member.at, self.end)
                never = _Moment(text.control, is_late, at, None, self.records.stream)
                rows.append(self._row(member, never, None))
            else:
                by_moment[moment.at, moment.target].append(moment)
        for moments in by_moment.values():
            rows += self._evaluated(member, moments)
        return rows

    def _moment(
        self, texts: Sequence[ControlText], control: Control, is_late: bool, member: Member
    ) -> _Moment | None:
        """When a control judges an item: at its last move that calls for it; ``None``: never."""
        records = self.records
        visits = as_of(records.visits[member.id], self.end)
        when = read_trigger(control.applies).moment
        if when is Moment.REPORT or when is Moment.EMERGENCY:
            known = records.known[member.id].emergencies
            if when is Moment.EMERGENCY and not any(at <= self.end for at, _ in known):
                return None
            stream = self.stages[visits[-1].stage] if visits else records.stream
            return _Moment(control, is_late, self.end, None, stream)
        for number in range(len(visits) - 1, -1, -1):
            visit = visits[number]
            stream = self.stages[visit.stage]
            sources = origins(stream, visits[:number])
            text, late = text_at(texts, visit.entered)
            if text is None or not self.fits(text.control):
                continue
            item = records.past.item(records.items[member.id], visit.entered)
            team = records.teams.get(item.team or 0, "")
            target = stream.by_id[visit.stage]
            if applies(text.control, stream, item, team, sources, target):
                return _Moment(text.control, late, visit.entered, visit.stage, stream)
        return None

    def _evaluated(self, member: Member, moments: Sequence[_Moment]) -> list[VerdictRow]:
        at, target, stream = moments[0].at, moments[0].target, moments[0].stream
        record = replace(self.records, stream=stream).record(member.id, at, target)
        day = local(at, stream.zone).date().isoformat()
        # What is judged at the end of the window was waived, or not, when the item counted.
        waived_at = min(member.at, self.end) if target is None else at
        in_time = recorded_in_time(record.known.evidence, at)
        as_recorded = replace(record, known=record.known._replace(evidence=in_time))
        rows = []
        for moment in moments:
            control = moment.control
            result, why, is_healed = None, "", False
            if covers(control, record.item, record.team):
                called = [(control, mode_of(self.records.modes, stream.id, control.id, day))]
                (result,) = evaluate(record, called)
                if result.verdict is Verdict.PASS and in_time != record.known.evidence:
                    (other,) = evaluate(as_recorded, called)
                    is_healed = other.verdict is not Verdict.PASS
                elif result.verdict is not Verdict.PASS:
                    why = describe(result, control, record, "UTC")
                result = self._waived(result, record.item, stream, waived_at)
            rows.append(self._row(member, moment, result, why, is_healed=is_healed))
        return rows

    def _waived(self, result: Result, item: Item, stream: ValueStream, at: int) -> Result:
        """The result, waived where it does not pass and a waiver covered it at a moment."""
        if result.verdict is Verdict.PASS:
            return result
        day = local(at, stream.zone).date().isoformat()
        for waiver in self.waivers:
            is_granted = waiver.answered_at is not None and waiver.answered_at <= at
            covers_it = waiver.covers(stream.id, item.key, item.labels, day)
            if waiver.control == result.control and is_granted and covers_it:
                return result._replace(verdict=Verdict.WAIVED, waiver=waiver.id)
        return result

    def _row(
        self,
        member: Member,
        moment: _Moment,
        result: Result | None,
        why: str = "",
        *,
        is_healed: bool = False,
    ) -> VerdictRow:
        control, at = moment.control, moment.at
        recorded = self._recorded(member, moment, is_known=result is None)
        if result is None and recorded is not None:
            # What was judged then does not cease to apply by what was changed since.
            return self._as_recorded(member, moment, recorded)
        verdict = Verdict.NOT_APPLICABLE if result is None else result.verdict
        waiver = None if result is None else result.waiver
        is_exception = result is not None and verdict is not Verdict.PASS
        if is_exception and recorded is not None and recorded.verdict is Verdict.WAIVED:
            # by a waiver that may have been withdrawn since
            verdict, waiver = Verdict.WAIVED, recorded.waiver
        reasons = [why] if why else []
        if is_healed:
            reasons.append("passes only by evidence that was recorded later")
        if recorded is not None and recorded.verdict is not verdict:
            reasons.append(f"recorded at the move: {recorded.verdict} (entry #{recorded.seq:,})")
        day = local(at, moment.stream.zone).date().isoformat()
        return VerdictRow(
            id=member.id,
            control=control.name,
            version=control.version,
            item=member.item,
            stream=member.stream,
            at=at,
            seq=member.seq,
            verdict=verdict,
            message="; ".join(reasons),
            missing=() if result is None else result.missing,
            waiver=waiver,
            mode=mode_of(self.records.modes, moment.stream.id, control.id, day),
            recorded=None if recorded is None else recorded.verdict,
            recorded_seq=None if recorded is None else recorded.seq,
            before_set=moment.is_late,
            late_evidence=is_healed,
        )

    def _recorded(self, member: Member, moment: _Moment, *, is_known: bool) -> Recorded | None:
        """What the journal says of a moment; of any move (``is_known``) the last up to the end."""
        own = self.recorded.get((moment.control.id, member.id), ())
        let_pass = (verdict for verdict in own if not verdict.is_refused)
        if not is_known:
            return next((verdict for verdict in let_pass if verdict.at == moment.at), None)
        moves = {(visit.entered, visit.stage) for visit in self.records.visits[member.id]}
        kept = [v for v in let_pass if (v.at, v.target) in moves and v.at <= self.end]
        return kept[-1] if kept else None

    def _as_recorded(self, member: Member, moment: _Moment, recorded: Recorded) -> VerdictRow:
        is_exception = recorded.verdict is not Verdict.PASS
        return VerdictRow(
            id=member.id,
            control=moment.control.name,
            version=recorded.version,
            item=member.item,
            stream=member.stream,
            at=recorded.at,
            seq=member.seq,
            verdict=recorded.verdict,
            message="as recorded: by now nothing calls for it" if is_exception else "",
            missing=recorded.missing,
            waiver=recorded.waiver,
            mode=recorded.mode,
            recorded=recorded.verdict,
            recorded_seq=recorded.seq,
            before_set=moment.is_late,
            late_evidence=False,
        )
