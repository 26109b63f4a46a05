"""The keys that edit, link, comment, transfer: each leads to a module that is loaded then."""

from __future__ import annotations

from vsm.screens.board.flow_keys import Changing


class Working(Changing):
    """The actions on items that open a form or a list."""

    def action_new_item(self) -> None:
        """A form for a new item."""
        from vsm.screens.board.editing import add

        self.begin(add(self), "change")

    def action_new_child(self) -> None:
        """A form for a new item below the one under the cursor."""
        from vsm.screens.board.editing import add

        self.begin(add(self, child=True), "change")

    def action_edit_item(self) -> None:
        """The item in a form; what is marked in one for all."""
        from vsm.screens.board.editing import edit

        self.begin(edit(self), "change")

    def action_edit_description(self) -> None:
        """The description in the person's own editor."""
        from vsm.screens.external_editor import edit_outside

        self.begin(edit_outside(self), "change")

    def action_comment(self) -> None:
        """Say something about it."""
        from vsm.screens.board.editing import comment

        self.begin(comment(self), "change")

    def action_take_item(self) -> None:
        """Become the owner, or give it back."""
        from vsm.screens.board.editing import take

        self.begin(take(self), "change")

    def action_archive(self) -> None:
        """Take it off the board."""
        from vsm.screens.board.editing import archive

        self.begin(archive(self), "change")

    def action_move_to(self) -> None:
        """Choose a stage to move to."""
        from vsm.screens.board.moving import move_to

        self.begin(move_to(self), "change")

    def action_transfer(self) -> None:
        """Choose a stage of another stream."""
        from vsm.screens.board.moving import transfer

        self.begin(transfer(self), "change")

    def action_link_items(self) -> None:
        """Link, or take a link away."""
        from vsm.screens.board.links import link

        self.begin(link(self), "change")
