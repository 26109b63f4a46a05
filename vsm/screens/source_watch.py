"""Sources of the stream that is shown, as far as they are not read as they should be."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from vsm.database_files import sync_path
from vsm.model.source_health import SourceState, warnings
from vsm.sync_state import read_states

if TYPE_CHECKING:
    from vsm.screens.host import Host
    from vsm.widgets.header_advice import Sources

TICK = 5.0
"""Seconds between two looks at the file."""


class SourceWatch:
    """Looks at the file beside the database now and then; a board never waits for a source."""

    def __init__(self) -> None:
        self._looked_at = -TICK
        self._stamp: tuple[int, int] | None = None
        self._states: dict[str, SourceState] = {}

    def warnings(self, host: Host, stream: int) -> Sources:
        """Name and age of each source that is not read as it should be; none of the past."""
        if host.view.at is not None:
            return ()
        now = monotonic()
        if now - self._looked_at >= TICK:
            self._looked_at = now
            self._look(host)
        return warnings(self._states, stream, host.now()) if self._states else ()

    def _look(self, host: Host) -> None:
        try:
            about = sync_path(host.path).stat()
        except OSError:
            self._states = {}
            return
        stamp = (about.st_mtime_ns, about.st_size)
        if stamp != self._stamp:
            self._stamp, self._states = stamp, dict(read_states(host.path))
