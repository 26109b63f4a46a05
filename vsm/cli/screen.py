"""Open the board on the terminal; the only place of the command line that loads Textual."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from vsm.cli.context import CliContext

if TYPE_CHECKING:
    from vsm.machine import Machine
    from vsm.model.people_privacy import Onlooker


def _machine(work: CliContext) -> Machine:
    """What of this computer the session may use."""
    if work.served:
        from vsm.cli.served import machine

        return machine(work)
    from vsm.machine import Machine

    return Machine(processes=True, at_most=work.at_most)


def _onlooker(work: CliContext) -> Onlooker | None:
    """What the user may see of people today, where the board shows the past."""
    if work.at_seq is None:
        return None
    from vsm.cli.team_people import look

    return look(work)


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
    from vsm.drafts import what_was_left

    work.query(filter_text)
    config = work.config
    at = work.at_seq
    path = work.path if at is None else work.as_of_entry()
    begins_anew = stream is not None or bool(filter_text) or at is not None
    left = what_was_left(work.path, work.me(), take_over=not begins_anew and not work.read_only)
    app = VsmApp(
        path,
        actor=work.me(),
        stream=stream,
        query=filter_text or "",
        ascii_only=work.plain,
        theme=work.theme,
        keymap=work.keymap,
        read_only=work.read_only,
        machine=_machine(work),
        place=None if begins_anew else left.place,
        remembers=at is None,
        drafts=left.drafts,
        now=None if at is None else lambda: work.now,
        position="" if at is None else f"#{at:,}",
        presence=config.presence and at is None,
        onlooker=_onlooker(work),
    )
    app.view.draft, app.view.draft_elsewhere = left.draft, left.elsewhere
    app.view.window = config.window
    app.view.compact = config.cards == "compact"
    app.view.quiet = config.quiet
    if left.draft is not None:
        app.view.first_screen = ""  # the dialog that is back lies on the board
    elif config.screen:
        app.view.first_screen = SCREENS[config.screen]
    run_app(app)
