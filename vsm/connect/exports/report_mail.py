"""Writes a report as a MIME message, plain and HTML, for the user's own ``sendmail -t``."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from vsm.model.errors import BadInput
from vsm.model.journal_head import Anchor
from vsm.model.rules import from_micros
from vsm.model.sanitise import inert_line
from vsm.report.document import Document
from vsm.report.html import draw_html
from vsm.report.position import position_line
from vsm.report.terminal import draw_text

if TYPE_CHECKING:
    from vsm.features.reports.results import Report

WIDTH = 76
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_{|}~-][A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{0,63}"
    r"@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*"
)
ADDRESS_MAX = 254


def write_mail(document: Document, page: Document, to: str, result: Report, anchor: Anchor) -> str:
    """The message, the same for the same report; ``page`` is its HTML part.

    Raises :class:`BadInput` for a bad address.

    It has no sender: sendmail puts in that of whoever sends it.
    """
    addresses = [part.strip() for part in to.split(",") if part.strip()]
    for address in addresses:
        if not _ADDRESS.fullmatch(address) or len(address) > ADDRESS_MAX:
            raise BadInput(f"{address!r} is no mail address", "write name@example.org")
    if not addresses:
        raise BadInput("--mail names nobody", "write name@example.org")
    foot = position_line(anchor)
    message = EmailMessage(policy=SMTP)
    message["To"] = ", ".join(addresses)
    message["Subject"] = inert_line(document.title)
    message["Date"] = format_datetime(from_micros(result.as_of).astimezone(UTC))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(draw_text(replace(document, foot=foot), WIDTH)) + "\n")
    message.add_alternative(draw_html(replace(page, foot=foot)), subtype="html")
    message.set_boundary(f"vsm-{result.seq}-{result.hash[:24]}")
    return message.as_string().replace("\r\n", "\n")
