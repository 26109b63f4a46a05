"""Capabilities of this computer that a session may use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from vsm.model.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Capabilities of a session; one that is served to somebody elsewhere is given fewer.

    ``environment`` is the environment of who works here. ``editor`` allows to run their own text
    editor on this terminal, ``files`` to read and write files that they name, ``processes`` to
    start analyses and followers beside the board (off unless asked for), ``clipboard`` to ask
    their terminal to copy, ``suspend`` to stop this process until its shell continues it. Whatever
    they were granted, nothing may be done here that a role ``at_most`` may not do. ``source`` is
    what the journal calls this door.
    """

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    editor: bool = True
    files: bool = True
    processes: bool = False
    clipboard: bool = True
    suspend: bool = True
    at_most: Role | None = None
    source: str = "tui"


def served(environment: Mapping[str, str], at_most: Role | None, source: str = "ssh") -> Machine:
    """The capabilities of somebody elsewhere: the board, and nothing of this computer.

    Analyses beside the board run all the same: nobody elsewhere chooses what they do.
    """
    return Machine(
        environment=environment,
        editor=False,
        files=False,
        processes=True,
        suspend=False,
        at_most=at_most,
        source=source,
    )
