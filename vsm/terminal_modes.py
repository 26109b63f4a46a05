"""The modes that the board switches a terminal to, and out of."""

from __future__ import annotations

RESTORE = (
    "\x1b[?2004l"  # no bracketed paste
    "\x1b[?7h"  # wrap long lines
    "\x1b[?2048l"  # no reports of the size
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # no reports of the mouse
    "\x1b[<u"  # keys as ever
    "\x1b[?1049l"  # the main screen
    "\x1b[?25h"  # the cursor
    "\x1b[?1004l"  # no reports of the focus
    "\x1b[0m"  # plain text
)
"""Everything that the board switches on, switched off."""
