"""Names of months in the languages in which trackers export dates."""

from __future__ import annotations

_NAMES = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber maerz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november desember",
    "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad"
    " grudzień",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada"
    " grudnia",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
)
_SHORT = {"mrt": 3, "mrz": 3, "sept": 9, "juil": 7, "jui": 0}
"""Abbreviations that are no beginnings, and a beginning that is of two months."""


def _beginnings() -> dict[str, int]:
    out: dict[str, int] = {}
    for names in _NAMES:
        for number, name in enumerate(names.split(), 1):
            for length in range(3, len(name) + 1):
                known = out.setdefault(name[:length], number)
                if known != number:
                    out[name[:length]] = 0
    return out | _SHORT


_MONTHS = _beginnings()


def month_number(name: str) -> int:
    """The number of a month by its name or the beginning of it; ``ValueError`` for others."""
    number = _MONTHS.get(name.casefold().rstrip("."), 0)
    if not number:
        raise ValueError(name)
    return number
