"""Results of deployments in the words of other tools."""

from __future__ import annotations

from vsm.model.delivery import DeploymentResult
from vsm.model.field_types import InvalidValue

_SUCCESS, _PARTLY = DeploymentResult.SUCCESS, DeploymentResult.PARTLY
_FAILURE, _CANCELLED = DeploymentResult.FAILURE, DeploymentResult.CANCELLED

RESULT_WORDS: dict[DeploymentResult, tuple[str, ...]] = {
    _SUCCESS: (
        *("success", "succeeded", "successful", "succeeded_with_issues", "pass", "passed", "ok"),
        *("complete", "completed", "deployed", "active", "inactive", "destroyed"),
    ),
    _PARTLY: ("partly", "partial", "partially_succeeded"),
    _FAILURE: (
        *("failure", "failed", "fail", "error", "errored", "broken"),
        *("timed_out", "timeout", "startup_failure"),
    ),
    _CANCELLED: (
        *("cancelled", "canceled", "aborted", "abandoned", "skipped", "rejected", "stopped"),
        "not_built",
    ),
}
"""The words for each result; case, ``-``, ``_`` and spaces do not matter.

``inactive`` and ``destroyed`` are what a deployment becomes after it succeeded, when a later one
takes its place.
"""
NOT_ENDED = (
    *("pending", "queued", "in_progress", "running", "waiting", "created", "started"),
    *("requested", "blocked", "manual", "scheduled", "preparing", "waiting_for_resource"),
)
"""Words for deployments that have not ended."""
ROLLED_BACK = ("rolled_back", "rollback", "reverted")
"""Words for deployments that reached users and were taken back."""


def _folded(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


_RESULTS = {_folded(word): result for result, words in RESULT_WORDS.items() for word in words}
_OPEN = frozenset(map(_folded, NOT_ENDED))


def read_result(word: str) -> DeploymentResult:
    """The result that a word of any tool means; raises :class:`InvalidValue`."""
    folded = _folded(word)
    if folded in _OPEN:
        raise InvalidValue(
            f"{word!r:.40} is no result: the deployment has not ended", "record it when it has"
        )
    if folded in map(_folded, ROLLED_BACK):
        raise InvalidValue(
            f"{word!r:.40} is no result: the deployment reached users before that",
            "record success, and what went wrong: vsm incident open NAME --service S --cause ID",
        )
    result = _RESULTS.get(folded)
    if result is None:
        raise InvalidValue(
            f"{word!r:.40} is no result of a deployment",
            f"use {', '.join(DeploymentResult)}; words of other tools: docs/delivery.md",
        )
    return result
