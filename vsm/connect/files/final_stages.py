"""Finds the stages of an import in which work seems to end, and asks about them."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from vsm.model.history import ItemHistory
from vsm.model.item import Quality
from vsm.model.practice import StageBehaviour, StageTraffic
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category


def find_final_stages(
    histories: Sequence[ItemHistory],
    category: Mapping[str, Category],
    settled: Collection[str],
) -> tuple[StageTraffic, ...]:
    """The queue and active stages that items come to and hardly any leaves, by the histories.

    Statuses of ``histories`` that are no stage are left out, as in the import, and items whose
    moves are not known. Stages in ``settled`` are not asked about.
    """
    arrivals: Counter[str] = Counter()
    last: Counter[str] = Counter()
    for history in histories:
        if history.quality is Quality.ENDPOINTS_ONLY:
            continue
        entries = (entry.status for entry in history.entries if entry.status in category)
        stages = [stage for stage, _ in groupby(entries)]
        arrivals.update(stages)
        last.update(stages[-1:])
    return tuple(
        traffic
        for stage, kind in category.items()
        if kind.working
        and stage not in settled
        and (
            traffic := StageTraffic(stage, arrivals[stage], arrivals[stage] - last[stage])
        ).seems_final
    )


def ask_about_final(
    final: Sequence[StageTraffic], stream: str, organisation_key: str = ""
) -> list[str]:
    """The question whether work ends in these stages, and how to answer it.

    With ``organisation_key`` by keys, else by commands.
    """
    if not final:
        return []
    out = ["Does work end here? Items come, and hardly any leaves:"]
    for stage in final:
        out.append(f"  {inert_line(stage.stage)}: {stage.counts}")
        if not organisation_key:
            out.append(f"    {answer_command(stage.stage, stream)}")
    if organisation_key:
        key = organisation_key
        out.append(f"  After the import, open the organisation ({key}) and edit the stage:")
        return [*out, "  set Behaviour there."]
    return [*out, f"  If it does not, --behaviour {StageBehaviour.WORKED} ends the question."]


def answer_command(stage: str, stream: str) -> str:
    """The command that says that work ends in a stage."""
    names = [shlex.quote(inert_line(name)) for name in (stage, stream)]
    return f"vsm stage set {names[0]} --stream {names[1]} --behaviour {StageBehaviour.WORK_ENDS}"
