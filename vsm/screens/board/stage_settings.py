"""Keys that shape the stream: the WIP limit and the policies of a column, the organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model.errors import Refusal
from vsm.screens.board.copying import Copying

if TYPE_CHECKING:
    from vsm.model.board import Column
    from vsm.model.command import Command
    from vsm.screens.forms import Values


class Steering(Copying):
    """The actions on stages and on the organisation."""

    _away = False
    """Whether the organisation is open above the board, which stands still meanwhile."""

    def poll(self) -> None:
        """Look whether anybody has written since, unless another place shows it now."""
        if not self._away:
            super().poll()

    # -- the organisation ---------------------------------------------------------------

    def action_organisation(self) -> None:
        """Open the organisation, on the stages of this stream."""
        self.begin(self._organisation(), "dialog")

    async def _organisation(self) -> None:
        from vsm.screens.organisation import OrganisationDialog
        from vsm.screens.organisation_rows import load

        now, here = self.host.now(), self.stream.id
        shown = await self.host.reading.call(lambda reader: load(reader, here, now))
        self._away = True
        try:
            to = await self.app.push_screen_wait(OrganisationDialog(shown, here))
        finally:
            self._away = False
        other = self.reader.stream(to) if to is not None and to != here else None
        if other is not None:
            self.host.open_board(other)
        else:
            self.catch_up()

    # -- one stage ------------------------------------------------------------------------

    def action_wip_limit(self) -> None:
        """Ask for the WIP limit of the column under the cursor."""
        self.begin(self._limit(self.board.column.head.stage.id), "change")

    def _head(self, stage: int) -> Column | None:
        """The column of a stage as it is now; says so where it has gone."""
        head = next((c.head for c in self.board.columns if c.head.stage.id == stage), None)
        if head is None:
            self.say("That stage has just gone from the board", "warn")
        return head

    async def _limit(self, number: int) -> None:
        from vsm.model.command import SetStage
        from vsm.model.limits import limits_of
        from vsm.screens.forms import Form
        from vsm.screens.organisation_fields import LIMITS, limits_field
        from vsm.screens.policies import load_words

        head = self._head(number)
        if head is None:
            return
        stage = head.stage
        if not stage.category.working:
            why = "only queue and active stages have one"
            self.say(f"{stage.name} has no WIP limit: {why}", "warn")
            return

        async def save(values: Values) -> Refusal | None:
            if not values:
                return None
            return await self.set_stage(SetStage(stage.id, values["limits"].changes))

        await self.app.push_screen_wait(
            Form(
                f"WIP limit of {stage.name}",
                [limits_field(limits_of(stage), LIMITS)],
                save,
                keys="Enter: save   Esc: leave it as it is",
                about=f"Now: {limits_of(stage)}. {load_words(head)}",
            )
        )

    async def set_stage(self, command: Command) -> Refusal | None:
        """Change a stage from a form, which tells what was refused."""
        result = await self.write(lambda: command, tell=False)
        return result if isinstance(result, Refusal) else None

    def action_policies(self) -> None:
        """Show what the column under the cursor is for, and its limits."""
        self.begin(self.policies_of(self.board.column.head.stage.id), "change")

    async def policies_of(self, number: int) -> None:
        """Show what a stage is for, and change its policy or limit."""
        from vsm.model.command import SetStage
        from vsm.screens.organisation_forms import policy_form
        from vsm.screens.policies import PoliciesDialog

        async def save(values: Values) -> Refusal | None:
            return await self.set_stage(SetStage(number, values)) if values else None

        while True:
            head = self._head(number)
            if head is None:
                return
            chosen = await self.app.push_screen_wait(PoliciesDialog(head, self.stream))
            if chosen == "policy":
                await self.app.push_screen_wait(policy_form(head.stage, save))
            elif chosen == "limit":
                await self._limit(number)
            else:
                return
