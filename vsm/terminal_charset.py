"""Says whether the locale of a terminal can show more than ASCII."""

from __future__ import annotations

from collections.abc import Mapping

_PLAIN = ("C", "POSIX")


def shows_unicode(environment: Mapping[str, str]) -> bool:
    """Whether the locale is one of UTF-8, or nothing names a locale."""
    everything = environment.get("LC_ALL", "")
    characters, language = environment.get("LC_CTYPE", ""), environment.get("LANG", "")
    if characters == "C.UTF-8" and language in _PLAIN:
        characters = ""  # Python itself sets this where the locale is C
    locale = everything or characters or language
    return not locale or locale.partition("@")[0].lower().endswith(("utf-8", "utf8"))
