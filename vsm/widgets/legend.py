"""Meanings of the symbols of cards, heads and lines, for ``?`` and docs/keys.md."""

from __future__ import annotations

from vsm.keymap import Keymap
from vsm.widgets.glyphs import ASCII, UNICODE, Glyphs

LEGEND: tuple[tuple[str, str, str], ...] = (
    ("mark", "marked", "At the left edge of a card: keys that change items act on all marked."),
    ("edited", "changed", "In an open form: somebody else wrote this field, and when."),
    ("blocked", "blocked", "The item cannot go on; its card shows the kind and the reason."),
    ("expedite", "expedite", "Class of service: goes before everything else."),
    ("fixed_date", "fixed date", "Class of service: has to be done by a date."),
    ("intangible", "intangible", "Class of service: pays off later."),
    ("waits", "blocked by", "So many unfinished items block this one."),
    ("blocks", "blocks", "This one blocks so many unfinished items."),
    (
        "done",
        "days it took",
        "On a finished card: cycle time. 12d alone is the age since the start.",
    ),
    (
        "past50",
        "older than p50",
        "Beside an age: half of the finished items left this stage at a lower age.",
    ),
    ("past70", "older than p70", "70% of the finished items left this stage at a lower age."),
    (
        "past85",
        "older than p85",
        "85% of the finished items left this stage at a lower age: ask what is in the way.",
    ),
    ("past95", "older than p95", "95% of the finished items left this stage at a lower age."),
    (
        "at_risk",
        "likely late",
        "Before an age: late, or odds below 50% to be finished by the due date, else within the"
        " time that 85% of the items took; {forecast} shows the odds.",
    ),
    (
        "gate",
        "controls",
        "In a column's head: so many controls are checked at moves into it; {governance} shows"
        " them.",
    ),
    (
        "no_pass",
        "does not pass",
        "Before an age: the next move would be refused by a control; {details} says why.",
    ),
    (
        "carried",
        "carried over",
        "Before a number: the item was carried from so many sprints into the next; {sprints} lists"
        " those that were carried again and again.",
    ),
    ("full", "at the limit", "In a column's head: as many items as the WIP limit allows."),
    ("over", "over the limit", "In a column's head or the first line: more than that."),
    (
        "limits",
        "limits the flow",
        "Before the name of a column and in the first line: work waits for this stage; {stuck} says"
        " why and what to do.",
    ),
    (
        "pick",
        "choose",
        "Beside the name of the value stream: {streams} or a click opens another one.",
    ),
    (
        "alarm",
        "source not read",
        "In the first line: so long ago the tracker was read last; vsm sync status says why.",
    ),
    ("live", "live", "What others do is seen at once."),
    ("stale", "not live", "Read-only, or the database cannot be read at the moment."),
    ("up", "above", "So many more cards above the first one that is shown."),
    ("down", "below", "So many more cards below the last one that is shown."),
    ("left", "to the left", "There are more columns on the left."),
    ("right", "to the right", "There are more columns on the right."),
    ("ellipsis", "cut off", "The text is longer; {details} shows it whole."),
)
"""(name of the symbol in :class:`Glyphs`, a few words, a sentence with ids in place of keys)."""


def legend(glyphs: Glyphs, keymap: Keymap, text: str = "") -> list[tuple[str, str, str]]:
    """(symbol, words, sentence) of the symbols whose words hold each word of ``text``.

    A symbol itself, of this set or of the other, is found too.
    """
    searched = text.casefold().split()
    out: list[tuple[str, str, str]] = []
    for name, words, plain in LEGEND:
        means = keymap.fill(plain, glyphs is ASCII)
        both = (getattr(UNICODE, name), getattr(ASCII, name))
        hay = f"{words} {means} symbol legend".casefold()
        if all(word in hay or word in both for word in searched):
            out.append((getattr(glyphs, name), words, means))
    return out
