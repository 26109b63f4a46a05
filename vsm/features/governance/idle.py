"""Controls that check nothing in a stream, as it has none of the stages that they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vsm.model.control.control import Control
from vsm.model.control.evaluation import trigger_of
from vsm.model.control.expression import nearest
from vsm.model.stream import ValueStream


def missing_stages(control: Control, streams: Iterable[ValueStream]) -> tuple[str, ...]:
    """The stages that a control names and that the board of none of these streams has."""
    there = {
        name.casefold()
        for stream in streams
        for stage in stream.line
        for name in (stage.name, stage.agreed_name)
    }
    return tuple(name for name in trigger_of(control).stages if name.casefold() not in there)


def is_idle(control: Control, stream: ValueStream) -> bool:
    """Whether a control names stages, and the board of a stream has none of them."""
    named = trigger_of(control).stages
    return bool(named) and len(missing_stages(control, (stream,))) == len(named)


def idle_sentence(control: str, missing: Sequence[str], streams: Sequence[ValueStream]) -> str:
    """Which stages a control names in vain, and which stage may have been meant."""
    where = streams[0].name if len(streams) == 1 else "any stream"
    names = [stage.name for stream in streams for stage in stream.line]
    close = nearest(missing[0], names) if len(missing) == 1 else ""
    meant = f" (is it {close}?)" if close else ""
    return f"{control} checks nothing: {', '.join(missing)} is no stage of {where}{meant}"
