"""Open the board on the terminal; the only place of the command line that loads Textual."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from vsm.cli.context import CliContext

if TYPE_CHECKING:
    from vsm.machine import Machine


def _machine(work: CliContext) -> Machine:
    """What of this computer the session may use."""
    if work.served:
        from vsm.cli.served import machine

        return machine(work)
    from vsm.machine import Machine

    return Machine(processes=True, at_most=work.at_most)


def open_board(
    work: CliContext,
    *,
    stream: str | None = None,
    filter_text: str | None = None,
) -> None:
    """Run the board until its user leaves. A database that is not there yet gets a welcome."""
    # The collector would walk the modules that load now a dozen times, and find nothing. The
    # board turns it on again once it is painted, and leaves alone what was loaded until then.
    gc.disable()
    from vsm.app import VsmApp, run_app
    from vsm.config import SCREENS
    from vsm.drafts import Drafts
    from vsm.last_place import read_place

    work.query(filter_text)
    config = work.config
    me = work.me()
    drafts = Drafts(work.path, me)
    place = draft = None
    if stream is None and not filter_text:
        draft = None if work.read_only else drafts.take_over()
        place = read_place(work.path, me) if draft is None else draft.place
    app = VsmApp(
        work.path,
        actor=me,
        stream=stream,
        query=filter_text or "",
        ascii_only=work.plain,
        theme=work.theme,
        keymap=work.keymap,
        read_only=work.read_only,
        machine=_machine(work),
        place=place,
        remembers=True,
        drafts=drafts,
    )
    app.view.draft = draft
    app.view.window = config.window
    app.view.compact = config.cards == "compact"
    if config.screen:
        app.view.first_screen = SCREENS[config.screen]
    run_app(app)
