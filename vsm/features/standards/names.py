"""Canonical names of stages: those that all streams share, by the standards that they follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vsm.model.errors import BadInput
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.model.standard import Adoption
    from vsm.templates.reading import Template

Names = Mapping[int, str]
"""Canonical names by id of the stage."""


def adopted_text(adoption: Adoption) -> Template:
    """The standard as it was when a stream adopted it; raises :class:`BadInput`."""
    from vsm.templates.reading import read_template

    return read_template(adoption.text, adoption.standard)


def canonical_names(reader: Reader) -> dict[int, Names]:
    """The names by id of the stream; streams without a standard have none."""
    adoptions = reader.entities(ADOPTION)
    if not adoptions:
        return {}
    from vsm.features.standards.matching import match_stages

    agreed = reader.entities(DEVIATION)
    out: dict[int, Names] = {}
    for adoption in adoptions:
        stream = reader.stream(adoption.only)
        if stream is None:
            continue
        try:
            standard = adopted_text(adoption)
        except BadInput:
            continue  # its own report says so
        matches = match_stages(standard, stream, agreed)
        out[stream.id] = {match.stage.id: match.canonical for match in matches}
    return out


def in_report(local: str, canonical: str | None) -> str:
    """A stage as reports over several streams name it: ``review (To review)``."""
    if canonical is None or canonical.casefold() == local.casefold():
        return local
    return f"{canonical} ({local})"
