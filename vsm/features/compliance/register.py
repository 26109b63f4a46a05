"""The record of processing (GDPR, Art. 30), from what people stated about items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from vsm.model.control.evidence import EvidenceKind
from vsm.model.control.facts import facts_of
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.report.publish import HIDDEN, MOMENT

LABEL = "personal-data"
"""Items with this label handle personal data, whatever is stated."""
FIELDS = (
    *("purpose", "lawful_basis", "categories", "subjects", "recipients", "transfer"),
    *("retention_days", "measures"),
)
"""Fields of the record, by the last word of their facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Whose record it is: each with name and contact; empty: not known, or there is none."""

    controller: str = ""
    representative: str = ""
    dpo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing(Controller):
    """An item that handles personal data, with the fields of the record; empty: not stated.

    ``missing`` are fields without which it is not complete; ``personal``, where somebody stated
    that the item handles no personal data though it is labelled so.
    """

    id: Annotated[int, HIDDEN]
    item: str
    title: str
    stream: str
    team: str
    owner: str
    purpose: str
    lawful_basis: str
    categories: str
    subjects: str
    recipients: str
    transfer: str
    retention_days: str
    measures: str
    missing: tuple[str, ...]
    has_label: bool
    is_archived: bool
    stated_by: str
    stated_at: Annotated[int | None, MOMENT]


def read_register(
    reader: Reader,
    streams: Iterable[ValueStream],
    now: int,
    whose: Controller,
    *,
    with_archived: bool = True,
) -> list[Processing]:
    """All items that are labelled personal data, or of which somebody stated that they are."""
    rows: list[Processing] = []
    for stream in streams:
        records = reader.change_records(stream)
        for number, item in records.items.items():
            if item.archived and not with_archived:
                continue
            has_label = LABEL in {label.casefold() for label in item.labels}
            statements = [
                one
                for one in records.known[number].evidence
                if one.kind is EvidenceKind.ATTESTATION
                and any(name.startswith("change.data.") for name in one.details)
            ]
            if not has_label and not statements:
                continue
            data = facts_of(records.record(number, now))["change"]["data"]
            if not has_label and not data.get("personal"):
                continue
            last = max(statements, key=lambda one: (one.at, one.id), default=None)
            values = {name: _text(data.get(name)) for name in FIELDS}
            missing = [name for name, value in values.items() if value in ("", "0")]
            if not whose.controller:
                missing.insert(0, "controller")
            if data.get("personal") is False:
                missing.insert(0, "personal")
            rows.append(
                Processing(
                    id=number,
                    item=item.key,
                    title=item.title,
                    stream=stream.name,
                    team=records.teams.get(item.team or 0, ""),
                    owner=item.owner or "",
                    missing=tuple(missing),
                    has_label=has_label,
                    is_archived=item.archived,
                    stated_by=last.by if last is not None else "",
                    stated_at=last.at if last is not None else None,
                    **asdict(whose),
                    **values,
                )
            )
    return rows


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
