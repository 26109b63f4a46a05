"""Evidence: what is on record about a change beside its moves, and how it is read."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from vsm.model.control.deadlines import DPIA_CRITERIA
from vsm.model.control.expression import nearest
from vsm.model.control.fact_list import FACTS, FactType
from vsm.model.field_types import NUMBER_MAX, InvalidValue, name_of, text_of
from vsm.model.rules import BOUNDS, EARLIEST, LATEST, iso, to_micros

REF_MAX = 500
"""Most characters of a reference."""
DETAILS_MAX = 40
"""Most details of one piece of evidence."""
AT_GITHUB, AT_GITLAB = "@github", "@gitlab"
"""End names that a synced repository has: an alias, or a member of that login, says who it is."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


class EvidenceKind(StrEnum):
    """What a piece of evidence is."""

    APPROVAL = "approval"
    REVIEW = "review"
    COMMIT = "commit"
    PULL_REQUEST = "pull_request"
    BUILD = "build"
    SCAN = "scan"
    DEPLOYMENT = "deployment"
    DOCUMENT = "document"
    ATTESTATION = "attestation"
    """Somebody states facts, by their paths."""


ATTESTED = tuple(
    path
    for path in FACTS
    if path.startswith(("change.data.", "change.dpia.", "change.incident.", "change.request."))
    or path in ("change.risk", "change.review.approved_at")
)
"""Facts that a statement on record may hold."""
DERIVED = {
    "change.dpia.needed": "state dpia.criteria, or dpia.always",
    "change.incident.report_due": "state incident.aware_at",
    "change.request.answer_due": "state request.received_at",
    "change.review.approved_at": "record the approval: vsm comply record --kind approval"
    " --set kind=retrospective",
}
"""Facts that follow from others → what to do instead of stating them.

Journals of earlier versions hold statements of them, which no longer count.
"""

STATUSES: dict[EvidenceKind, tuple[str, ...]] = {
    EvidenceKind.REVIEW: ("approved", "changes_requested", "commented", "dismissed"),
    EvidenceKind.BUILD: ("pass", "fail"),
    EvidenceKind.SCAN: ("pass", "fail"),
    EvidenceKind.DEPLOYMENT: ("success", "failure", "rolled_back"),
}
"""The words for how it ended; other kinds have none."""

DETAILS: dict[EvidenceKind, tuple[str, ...]] = {
    EvidenceKind.APPROVAL: ("role", "kind"),
    EvidenceKind.REVIEW: ("pr",),
    EvidenceKind.COMMIT: ("pr",),
    EvidenceKind.PULL_REQUEST: ("merged_at", "merged_by", "sha"),
    EvidenceKind.BUILD: ("sha",),
    EvidenceKind.SCAN: ("tool",),
    EvidenceKind.DEPLOYMENT: ("env",),
    EvidenceKind.DOCUMENT: (),
    EvidenceKind.ATTESTATION: ATTESTED,
}
"""What each kind may say beside who, when and how it ended."""

NEEDED: dict[EvidenceKind, tuple[str, ...]] = {
    EvidenceKind.REVIEW: ("pr",),
    EvidenceKind.COMMIT: ("pr",),
    EvidenceKind.DEPLOYMENT: ("env",),
}
"""Details without which it says nothing."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence. ``at`` and ``recorded_at`` are UTC microseconds.

    ``by`` did it (empty: unknown), ``recorded_by`` put it on record. ``sha256`` is that of a file,
    which is kept elsewhere, at ``ref``.
    """

    id: int
    item: int
    kind: EvidenceKind
    ref: str
    at: int
    by: str = ""
    status: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""
    origin: str = ""
    recorded_at: int = 0
    recorded_by: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What later records of the same piece share: of opinions also whose they are."""
        is_opinion = self.kind in (EvidenceKind.APPROVAL, EvidenceKind.REVIEW)
        return (self.kind, self.ref, *((self.by.casefold(),) if is_opinion else ()))


def read_kind(text: str) -> EvidenceKind:
    """A kind as people write it; raises :class:`InvalidValue`."""
    try:
        return EvidenceKind(text.strip().casefold().replace("-", "_"))
    except ValueError:
        raise InvalidValue(
            f"{text!r:.40} is no kind of evidence", f"use {', '.join(EvidenceKind)}"
        ) from None


def read_status(kind: EvidenceKind, text: str) -> str:
    """How it ended, in one of the words of its kind; raises :class:`InvalidValue`."""
    words = STATUSES.get(kind, ())
    status = text.strip().casefold().replace("-", "_")
    if status == "" and not words:
        return ""
    if status not in words:
        remedy = f"use {', '.join(words)}" if words else "leave it out"
        raise InvalidValue(f"{text!r:.40} is no status of {_a(kind)}", remedy)
    return status


def read_details(kind: EvidenceKind, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Details by name, each read by the type of its fact; raises :class:`InvalidValue`."""
    if len(raw) > DETAILS_MAX:
        raise InvalidValue(f"{len(raw)} details are too many", f"{DETAILS_MAX} are allowed")
    values: dict[str, Any] = {}
    for name, value in raw.items():
        known = DETAILS[kind]
        path = name if name in known else f"change.{name}"
        if path not in known:
            close = nearest(name, known) or nearest(path, known)
            hint = f"did you mean {close.removeprefix('change.')}?" if close else ""
            remedy = hint or (f"use {', '.join(known)[:300]}" if known else "leave it out")
            raise InvalidValue(f"{_a(kind)} has no {name!r:.60}", remedy)
        values[path] = _read(path, value)
    for name in NEEDED.get(kind, ()):
        if not values.get(name):
            raise InvalidValue(f"a {kind} needs {name}", f"such as: --set {name}=…")
    if kind is EvidenceKind.ATTESTATION and not values:
        raise InvalidValue("an attestation states no fact", "such as: --set data.personal=yes")
    return values


def is_moment(path: str) -> bool:
    """Whether a detail is a moment, which is kept as ISO text."""
    fact = FACTS.get(path)
    return path == "merged_at" or (fact is not None and fact.type is FactType.MOMENT)


def attestation_ref(names: Iterable[str]) -> str:
    """The reference of an attestation: statements of other facts do not replace each other."""
    return ", ".join(sorted(names))[:REF_MAX]


def _a(kind: EvidenceKind) -> str:
    """The kind with its article."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _read(path: str, value: Any) -> Any:
    fact = FACTS.get(path)
    kind = fact.type if fact is not None else FactType.TEXT
    if is_moment(path):
        return iso(read_moment(path, value))
    if kind is FactType.FLAG:
        return _flag(path, value)
    if kind is FactType.NUMBER:
        return _number(path, value)
    if kind is FactType.TEXTS:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise InvalidValue(f"{path}: {value!r:.40} is no list of texts", 'such as ["name"]')
        names = [name_of(path, part) for part in parts if part.strip()]
        return _criteria(names) if path == "change.dpia.criteria" else names
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidValue(f"{path}: {value!r:.40} is no text", "leave it out if it is unknown")
    return text_of(path, " ".join(str(value).split()), REF_MAX)


def _number(path: str, value: Any) -> float:
    """A number of 0 or more, from JSON or a text; raises :class:`InvalidValue`."""
    number = -1.0
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        with contextlib.suppress(ValueError, OverflowError):
            number = float(value)
    if not 0 <= number < NUMBER_MAX:
        raise InvalidValue(f"{path}: {value!r:.40} is no number", "give a number of 0 or more")
    return number


def _criteria(names: Iterable[str]) -> list[str]:
    """Criteria of WP248 by their words; raises :class:`InvalidValue` where one is none."""
    words = list(dict.fromkeys(name.casefold().replace("-", "_") for name in names))
    for word in words:
        if word not in DPIA_CRITERIA:
            close = nearest(word, DPIA_CRITERIA)
            hint = f"did you mean {close}?" if close else f"use {', '.join(DPIA_CRITERIA)}"
            raise InvalidValue(f"{word!r:.60} is none of the nine criteria", hint)
    return words


def _flag(path: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in ("yes", "true"):
        return True
    if word in ("no", "false"):
        return False
    raise InvalidValue(f"{path}: {value!r:.40} is neither yes nor no", "give yes or no")


def read_moment(what: str, value: Any) -> int:
    """UTC microseconds of an ISO moment with a zone; raises :class:`InvalidValue`."""
    from datetime import datetime

    try:
        at = to_micros(datetime.fromisoformat(str(value)))
    except ValueError:
        raise InvalidValue(
            f"{what}: {value!r:.40} is no moment", "write 2026-12-01T14:30:00+01:00, with the zone"
        ) from None
    if not EARLIEST <= at <= LATEST:
        raise InvalidValue(f"{what}: {value!r:.40} is out of range", f"give one {BOUNDS}")
    return at


def read_sha256(text: str) -> str:
    """A hash as 64 hexadecimal digits, or nothing; raises :class:`InvalidValue`."""
    digits = text.strip().casefold().removeprefix("sha256:")
    if digits and not _SHA256.fullmatch(digits):
        raise InvalidValue(f"{text!r:.80} is no SHA-256", "it has 64 hexadecimal digits")
    return digits
