"""Loads what the first change needs, once the board is painted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vsm.model.errors import VsmError

if TYPE_CHECKING:
    from vsm.screens.serial_executor import SerialExecutor
    from vsm.session import Session


def _load(session: Session) -> None:
    import vsm.model.decide
    import vsm.model.event
    import vsm.screens.board.editing
    import vsm.screens.dialogs  # noqa: F401

    if session.path.exists():
        session.open()


async def warm(writing: SerialExecutor[Session]) -> None:
    """Load it in the thread that writes, where it holds nobody up."""
    # While modules load in the other thread, keys get their turn every half millisecond.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        await writing.call(_load, optional=True)
    except VsmError:
        # Nothing was asked for yet: the first change will say what is in the way.
        return
    finally:
        sys.setswitchinterval(usual)
