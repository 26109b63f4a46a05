"""The key prefix that the name of a stream suggests."""

from __future__ import annotations

import re


def key_prefix(name: str) -> str:
    """The key prefix that a name suggests: ``Card issuing`` → ``CI``, ``Web`` → ``WEB``."""
    words = re.findall(r"[A-Za-z][A-Za-z0-9]*", name)
    if len(words) > 1:
        return "".join(word[0] for word in words)[:6].upper()
    return words[0][:4].upper() if words else "ITEM"
