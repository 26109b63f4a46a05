"""Canonical names of stages: those that all streams share, by the standards that they follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vsm.model.errors import BadInput
from vsm.model.standard_entities import ADOPTION, DEVIATION

if TYPE_CHECKING:
    from vsm.model.standard import Adoption
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.templates.reading import Template

Names = Mapping[int, str]
"""Canonical names by id of the stage."""


def adopted_text(adoption: Adoption) -> Template:
    """The standard as it was when a stream adopted it; raises :class:`BadInput`."""
    from vsm.templates.reading import read_template

    try:
        return read_template(adoption.text, adoption.standard)
    except BadInput as error:
        raise BadInput(
            f"the standard that was adopted cannot be read: {error.message}",
            f"adopt it again: vsm standard adopt {adoption.standard} --reason TEXT",
        ) from error


def stream_names(reader: Reader, stream: ValueStream) -> Names:
    """The names of a stream's stages; none where it follows no standard."""
    adoption = next((a for a in reader.entities(ADOPTION) if a.only == stream.id), None)
    if adoption is None:
        return {}
    from vsm.features.standards.matching import match_stages

    try:
        standard = adopted_text(adoption)
    except BadInput:
        return {}  # the report on it says so
    matches = match_stages(standard, stream, reader.entities(DEVIATION))
    return {match.stage.id: match.canonical for match in matches}


def in_report(local: str, canonical: str | None) -> str:
    """A stage as reports over several streams name it: ``review (To review)``."""
    if canonical is None or canonical.casefold() == local.casefold():
        return local
    return f"{canonical} ({local})"
