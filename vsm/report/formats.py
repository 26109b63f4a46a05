"""The formats that a report is written in, chosen by name; JSON is of its result."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Any

from vsm.model.journal_head import Anchor
from vsm.model.sanitise import escaped
from vsm.report.document import Document
from vsm.report.position import position_line, position_of
from vsm.report.publish import publish

TEXT_WIDTH = 100
"""Cells of a line in a file."""


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"

    @property
    def suffix(self) -> str:
        """How file names end."""
        return ".txt" if self is Format.TEXT else f".{self}"


def render(
    form: Format,
    document: Callable[[], Document],
    value: Callable[[], Any],
    width: int = TEXT_WIDTH,
    *,
    anchor: Anchor,
) -> str:
    """A report in a format; only what the format needs is made. Ends with a line break.

    It ends with where the journal that it was made from stands.
    """
    if form is Format.JSON:
        shape = {**value(), "journal": publish(position_of(anchor))}
        text = json.dumps(shape, ensure_ascii=False, indent=2, allow_nan=False)
        return escaped(text) + "\n"
    whole = replace(document(), foot=position_line(anchor))
    if form is Format.MARKDOWN:
        from vsm.report.markdown import draw_markdown

        return draw_markdown(whole)
    if form is Format.HTML:
        from vsm.report.html import draw_html

        return draw_html(whole)
    from vsm.report.terminal import draw_text

    return "\n".join(draw_text(whole, width)) + "\n"
