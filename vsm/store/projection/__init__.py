"""Events → rows: the fold that fills every table from the journal.

Deterministic, with nothing from outside: dropping the tables and replaying the journal gives
them back exactly. Live events fold one by one in the order of the journal; imported histories
fold in bulk, in the order of their own transitions.
"""

from __future__ import annotations

from vsm.store.projection import entities, governance, imports, items, sprints, streams
from vsm.store.projection.base import Projector, fold

__all__ = ["Projector", "entities", "fold", "governance", "imports", "items", "sprints", "streams"]
