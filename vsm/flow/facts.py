"""Facts about items beside their history: blockers, flow types, names of teams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vsm.flow.blockers import Blocks
from vsm.flow.history import History
from vsm.model.item import FlowType

TYPES = tuple(FlowType)
"""The flow type that each code in :attr:`Facts.type` stands for."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """The data of figures beside the history: blockers, flow types, names of teams.

    ``type`` has a code for each of ``item`` (ids, ascending); items not in it are features.
    """

    blocks: Blocks
    item: NDArray[np.int64]
    type: NDArray[np.int8]
    teams: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def from_rows(
        cls,
        blocks: Iterable[tuple[int, str, int | None, int, int | None]] = (),
        types: Iterable[tuple[int, str]] = (),
        teams: Mapping[int, str] | None = None,
        numbers: Iterable[int] | None = None,
    ) -> Facts:
        """Read rows as :meth:`Blocks.from_rows` has them, and ``(item id, flow type)`` by id."""
        codes = {kind.value: n for n, kind in enumerate(TYPES)}
        coded = [(item, codes[kind]) for item, kind in types]
        return cls(
            Blocks.from_rows(blocks, numbers),
            np.array([item for item, _ in coded], dtype=np.int64),
            np.array([code for _, code in coded], dtype=np.int8),
            teams or {},
        )

    def aligned_to(self, history: History) -> Facts:
        """The same facts with a type for every item of a history, in its order."""
        if self.item is history.item:
            return self
        types = np.zeros(len(history), dtype=np.int8)
        if self.item.size:
            at = np.minimum(np.searchsorted(self.item, history.item), self.item.size - 1)
            named = self.item[at] == history.item
            types[named] = self.type[at[named]]
        return replace(self, item=history.item, type=types)
