"""WIP limits in words: ``5``, ``5 hard``, ``4 soft, expedite 1``, ``4 soft, expedite +1``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from vsm.model.item import ClassOfService
from vsm.model.stream import LimitKind, Stage

MOST = 1_000_000
"""The largest limit that can be given."""
_EXAMPLES = "write 5, 5 hard, 5 soft expedite 1, expedite +1 (beside the 5), or none"
_NOTHING = ("none", "off", "no", "-")


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a stage: of everything in it, how they bind, and by class of service.

    Items of ``exempt`` classes have their own limit beside that of everything.
    """

    limit: int | None = None
    kind: LimitKind = LimitKind.NONE
    classes: tuple[tuple[ClassOfService, int], ...] = ()
    exempt: tuple[ClassOfService, ...] = ()

    def __str__(self) -> str:
        if self.limit is None and not self.classes:
            return "none"
        classes = ", ".join(
            f"{service} {'+' if service in self.exempt else ''}{most}"
            for service, most in self.classes
        )
        if self.limit is None:
            return f"{classes} {self.kind}"
        return f"{self.limit} {self.kind}" + (f", {classes}" if classes else "")

    @property
    def shown(self) -> str:
        """The limits in words, empty where there are none."""
        return "" if self.limit is None and not self.classes else str(self)

    @property
    def changes(self) -> dict[str, Any]:
        """The fields of a stage that these limits are, as ``SetStage`` takes them."""
        return {
            "limit": self.limit,
            "limit_kind": self.kind,
            "class_limits": dict(self.classes),
            "exempt": self.exempt,
        }


def limits_of(stage: Stage) -> Limits:
    """The limits that a stage has."""
    return Limits(stage.limit, stage.limit_kind, stage.class_limits, stage.exempt)


def read_limits(text: str, now: Limits | None = None) -> Limits:
    """The limits that ``text`` makes of those that there are ``now``.

    A number is the limit of the whole stage, a class of service with a number that of the class;
    with a ``+`` before the number its items do not count into the limit of the whole. ``none``
    takes all limits away, after a class just that one. What is not named stays. Without ``soft``
    or ``hard`` a new limit is soft. Raises ``ValueError`` that says what is wrong.
    """
    out = now or Limits()
    words = re.sub(r"[,;:=()]", " ", text.casefold()).split()
    if not words:
        raise ValueError(f"no limit is given: {_EXAMPLES}")
    classes, exempt = dict(out.classes), set(out.exempt)
    service: ClassOfService | None = None
    said = ""
    for word in words:
        if service is not None:
            exempt.discard(service)
            if word in _NOTHING:
                classes.pop(service, None)
            else:
                classes[service] = _number(word.strip("+"), f"after {service}")
                exempt |= {service} if "+" in word else set()
            service = None
        elif word in _NOTHING:
            out, classes, exempt = Limits(), {}, set()
        elif word in ("soft", "hard"):
            out = replace(out, kind=LimitKind(word))
            said = word
        elif word[0].isdigit() or word[0] in "+-":
            out = replace(out, limit=_number(word, ""))
        else:
            service = _service(word)
    if service is not None:
        raise ValueError(f"{service} needs a number: write {service} 1, or {service} none")
    if out.limit is None and not classes:
        if said:
            raise ValueError(f"{said} needs a number: write 5 {said}")
        return Limits()
    order = list(ClassOfService)
    kind = LimitKind.SOFT if out.kind is LimitKind.NONE else out.kind
    return Limits(
        out.limit,
        kind,
        tuple(sorted(classes.items(), key=lambda c: order.index(c[0]))),
        tuple(sorted(exempt, key=order.index)),
    )


def _number(word: str, where: str) -> int:
    number = int(word) if word.isdecimal() and len(word) <= 7 else 0
    if not 1 <= number <= MOST:
        after = f" {where}" if where else ""
        raise ValueError(f"{word!r}{after} is no limit: give 1 or more, or none")
    return number


def _service(word: str) -> ClassOfService:
    name = word.replace("_", "-")
    services = [s for s in ClassOfService if s.startswith(name)] if len(name) > 2 else []
    if len(services) != 1:
        raise ValueError(f"{word!r} is neither a limit nor a class of service: {_EXAMPLES}")
    return services[0]
