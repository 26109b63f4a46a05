"""Keys of served boards as a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vsm.cli.context import terminal_width
from vsm.model.rules import from_micros

if TYPE_CHECKING:
    from vsm.serve.keys import NewKey, ServedKey


def key_lines(keys: list[ServedKey], now: int) -> list[str]:
    """A table of keys."""
    from vsm.report.text_table import Col, table

    heads = ("KEY", "ACTS AS", "AT MOST", "VALID", "FROM", "LAST USED")
    cols = [*(Col(head) for head in heads), Col("FINGERPRINT", flexible=True)]
    rows = [
        (
            one.name,
            one.member,
            str(one.role or ""),
            _validity(one, now),
            " ".join(one.sources) or "anywhere",
            "never" if one.last_used is None else _moment(one.last_used),
            one.fingerprint,
        )
        for one in keys
    ]
    return table(cols, rows, terminal_width())


def _validity(one: ServedKey, now: int) -> str:
    from vsm.date_form import write_day

    if one.revoked_at is not None:
        return f"revoked {write_day(from_micros(one.revoked_at).date())}"
    if one.until is None:
        return "always"
    word = "expired" if one.until < from_micros(now).date() else "until"
    return f"{word} {write_day(one.until)}"


def _moment(micros: int) -> str:
    from vsm.date_form import write_moment

    return write_moment(from_micros(micros))


def _iso(micros: int | None) -> str | None:
    return None if micros is None else from_micros(micros).isoformat()


def key_shape(one: ServedKey) -> dict[str, Any]:
    """A key as JSON."""
    return {
        **new_key_shape(one),
        "comment": one.comment,
        "added_by": one.added_by,
        "added_at": _iso(one.added_at),
        "revoked_at": _iso(one.revoked_at),
        "last_used": _iso(one.last_used),
    }


def new_key_shape(one: NewKey | ServedKey) -> dict[str, Any]:
    """A key that is to be added, as JSON."""
    return {
        "name": one.name,
        "fingerprint": one.fingerprint,
        "type": one.kind,
        "member": one.member,
        "role": one.role,
        "until": one.until and one.until.isoformat(),
        "from": list(one.sources),
    }
