"""Read the dates and moments that people write on a command line."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from vsm.model.dates import read_day, read_moment
from vsm.model.errors import BadInput
from vsm.model.rules import BOUNDS, FIRST_DAY, LAST_DAY, day_start, local, to_micros, zone_of


def _check_range(day: date, text: str, option: str) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadInput(
            f"{option}: {text!r} is out of range",
            f"give a date {BOUNDS}",
        )


def day(text: str, option: str) -> date:
    """An ISO date between 1900 and 2999. Raises :class:`BadInput` naming the option."""
    try:
        parsed = date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{option}: {text!r} is no date", "write it as 2026-03-31") from None
    _check_range(parsed, text, option)
    return parsed


def window_days(first: str | None, last: str | None) -> tuple[date | None, date | None]:
    """The days of ``--from`` and ``--to``. Raises :class:`BadInput`."""
    begin = None if first is None else day(first, "--from")
    end = None if last is None else day(last, "--to")
    if begin is not None and end is not None and end < begin:
        raise BadInput(
            f"the window ends ({end}) before it begins ({begin})", "swap --from and --to"
        )
    return begin, end


def day_in_words(text: str, option: str, today: date) -> date:
    """A date in words (``fri``, ``+3d``) or as ISO. Raises :class:`BadInput` naming the option."""
    try:
        return read_day(text, today)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from None


def day_of_forecast(text: str, today: date) -> date:
    """The day that ``--by`` names, between 1900 and 2999. Raises :class:`BadInput`."""
    parsed = day_in_words(text, "--by", today)
    _check_range(parsed, text, "--by")
    return parsed


def past_moment(text: str, zone: str, option: str, now: int, also: str = "") -> int:
    """UTC microseconds of a moment in words (``yesterday 16:00``) or as ISO, in ``zone``.

    Raises :class:`BadInput` naming the option, also for what is not between 1900 and 2999;
    ``also`` are forms that can be written besides.
    """
    try:
        parsed = read_moment(text, local(now, zone))
    except ValueError as error:
        raise BadInput(f"{option}: {str(error).replace(': write ', f': write {also}')}") from None
    _check_range(parsed.date(), text, option)
    return to_micros(parsed)


def day_or_moment(text: str, zone: str, option: str, now: int) -> int:
    """UTC microseconds of a moment in the past, or of the beginning of a day (``monday``).

    Raises :class:`BadInput` naming the option.
    """
    try:
        parsed = read_moment(f"{text.strip()} 00:00", local(now, zone))
    except ValueError:
        return past_moment(text, zone, option, now, "monday, -3d, 2026-11-03, ")
    _check_range(parsed.date(), text, option)
    return to_micros(parsed)


def moment(text: str, zone: str, option: str) -> int:
    """UTC microseconds of an ISO date (its end in ``zone``) or an ISO moment.

    A moment without a zone is one in ``zone``. Raises :class:`BadInput` naming the option, also
    for what is not between 1900 and 2999.
    """
    typed = text.strip()
    try:
        if len(typed) <= 10:
            whole = date.fromisoformat(typed)
            _check_range(whole, text, option)
            return day_start(whole + timedelta(days=1), zone) - 1
        parsed = datetime.fromisoformat(typed)
        _check_range(parsed.date(), text, option)
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=zone_of(zone))
        return to_micros(parsed)
    except (ValueError, OverflowError):
        raise BadInput(
            f"{option}: {text!r} is no date or moment",
            "write 2026-03-31, 2026-03-31T17:00 or 2026-03-31T15:00Z",
        ) from None
