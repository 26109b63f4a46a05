"""Charts as data: what each shows, where the cursor can stop, and what is behind each stop."""

from __future__ import annotations


class Chart:
    """A chart."""
