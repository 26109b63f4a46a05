"""Evaluates controls on one change: which apply, their verdicts, and what came of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from vsm.model.control.control import (
    Control,
    Disposition,
    Mode,
    Result,
    Verdict,
    Waiver,
)
from vsm.model.control.engine import Evaluator, Outcome, compile_check
from vsm.model.control.expression import ExpressionError
from vsm.model.control.facts import Record, facts_of
from vsm.model.control.trigger import Trigger, read_trigger
from vsm.model.item import Item, flow_type
from vsm.model.query import Facts, matches
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.rules import local
from vsm.model.stream import Stage, ValueStream

LACKING_MAX = 3
"""Most elements of lists that are named because a fact of theirs is missing."""
_DIGITS = 16
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str).encode


@lru_cache(maxsize=512)
def _trigger(text: str) -> Trigger:
    return read_trigger(text)


def trigger_of(control: Control) -> Trigger:
    """At which moves a control applies."""
    return _trigger(control.applies)


@lru_cache(maxsize=512)
def _filter(text: str) -> Query:
    return parse(text)


def covers(control: Control, item: Item, team: str) -> bool:
    """Whether a control is about an item, by its filter."""
    if not control.filter:
        return True
    facts = Facts(
        item.key,
        item.title,
        item.description,
        item.labels,
        team or None,
        item.owner,
        None,
        item.type,
        str(flow_type(item.type)),
        str(item.service),
    )
    return matches(_filter(control.filter), facts)


def calls_for(trigger: str, stream: ValueStream, source: Stage | None, target: Stage) -> bool:
    """Whether a move from a stage (``None``: a new item) into another calls for controls with this
    trigger, as people write it.
    """
    return _trigger(trigger).applies(stream, source, target)


def is_left(trigger: str, source: Stage) -> bool:
    """Whether a move from a stage into another stream calls for controls with this trigger."""
    return _trigger(trigger).leaves(source)


def applies(
    control: Control,
    stream: ValueStream,
    item: Item,
    team: str,
    sources: Iterable[Stage | None],
    target: Stage,
) -> bool:
    """Whether a control is about an item, and a move of it into a stage calls for it.

    ``sources`` are those of :func:`~vsm.model.control.trigger.origins`.
    """
    is_called = any(calls_for(control.applies, stream, source, target) for source in sources)
    return is_called and covers(control, item, team)


def named_facts(controls: Iterable[Control]) -> frozenset[str]:
    """The facts right below ``change`` that the rules of these controls name.

    A rule that only an older version accepted names none: it is not evaluated.
    """
    return _named(tuple(control.rule for control in controls))


@lru_cache(maxsize=512)
def _named(rules: tuple[str, ...]) -> frozenset[str]:
    named: set[str] = set()
    for rule in rules:
        with suppress(ExpressionError):
            named |= compile_check(rule).names.tops
    return frozenset(named)


def evaluate(
    record: Record, called: Sequence[tuple[Control, Mode]], waivers: Iterable[Waiver] = ()
) -> list[Result]:
    """The result of each of these controls on a change, given its mode.

    The record needs no more than the facts that their rules name. Waivers are gone through only
    where one does not pass.
    """
    evaluator = Evaluator(facts_of(record, named_facts(control for control, _ in called)))
    outcomes = [evaluator.evaluate(control.rule) for control, _ in called]
    granted: list[Waiver] = []
    if any(outcome.verdict is not Verdict.PASS for outcome in outcomes):
        day = local(record.now, record.stream.zone).date().isoformat()
        stream, key, labels = record.stream.id, record.item.key, record.item.labels
        granted = [waiver for waiver in waivers if waiver.covers(stream, key, labels, day)]
    digest, results = hash_facts(evaluator.facts), []
    for (control, mode), outcome in zip(called, outcomes, strict=True):
        waiver = None
        if outcome.verdict is not Verdict.PASS:
            waiver = next((w for w in granted if w.control == control.id), None)
        results.append(_result(control, mode, outcome, waiver, record.emergency, digest))
    return results


def hash_facts(facts: Any) -> str:
    """The first digits of the SHA-256 of facts, in one order of their names."""
    return hashlib.sha256(_encode(facts).encode()).hexdigest()[:_DIGITS]


def _result(
    control: Control,
    mode: Mode,
    outcome: Outcome,
    waiver: Waiver | None,
    is_emergency: bool,
    digest: str,
) -> Result:
    verdict = outcome.verdict if waiver is None else Verdict.WAIVED
    if verdict is Verdict.PASS:
        disposition = Disposition.CLEAR
    elif verdict is Verdict.WAIVED or is_emergency:
        disposition = Disposition.TOLERATED
    elif mode.binds:
        disposition = Disposition.ENFORCED
    elif verdict is Verdict.INDETERMINATE:
        disposition = Disposition.UNDETERMINED
    else:
        disposition = Disposition.TOLERATED
    return Result(
        control.id,
        control.version,
        verdict,
        disposition,
        mode,
        digest,
        outcome.missing,
        outcome.problem,
        None if waiver is None else waiver.id,
    )


def describe(result: Result, control: Control, record: Record, zone: str = "") -> str:
    """Why a control does not pass on a record, in words that can follow its name and a colon.

    Moments are those of a zone, else of the record's stream.
    """
    if result.problem:
        return f"the rule cannot be evaluated ({result.problem})"
    from vsm.model.control.reasons import find_reasons, join_reasons

    facts = facts_of(record, named_facts((control,)))
    zone = zone or record.stream.zone
    if result.missing:
        return _describe_missing(result.missing, facts, zone)
    reasons = join_reasons(find_reasons(control.rule, facts, zone))
    return reasons or f"not met: {control.title}"


def _describe_missing(missing: Sequence[str], facts: Any, zone: str) -> str:
    """Which facts are not on record, and of which elements of lists."""
    from vsm.model.control.reasons import lacking_elements

    verb = "is" if len(missing) == 1 else "are"
    text = f"{', '.join(path.replace('[]', '') for path in missing)} {verb} not on record"
    elements = dict.fromkeys(e for path in missing for e in lacking_elements(path, facts, zone))
    few = ", ".join(list(elements)[:LACKING_MAX])
    more = f" and {len(elements) - LACKING_MAX} more" if len(elements) > LACKING_MAX else ""
    return f"{text} of {few}{more}" if elements else text
