"""``vsm item``: the verbs on work items."""

from __future__ import annotations

import click

from vsm.cli.base import Noun

_READ, _WRITE, _FLOW = "vsm.cli.item_read", "vsm.cli.item_fields", "vsm.cli.item_flow"

VERBS: dict[str, tuple[str, str]] = {
    "list": (f"{_READ}:list_items", "List the items of a value stream."),
    "show": (f"{_READ}:show_items", "Show items in full: fields, flow, links, history."),
    "add": (f"{_WRITE}:add_item", "Add an item, or one for each line of standard input."),
    "edit": (f"{_WRITE}:edit_items", "Change fields of items."),
    "move": (f"{_FLOW}:move_items", "Move items to a stage."),
    "order": (f"{_FLOW}:order_item", "Move an item up or down within its stage."),
    "transfer": (f"{_FLOW}:transfer_items", "Move items to another stream; history stays."),
    "block": (f"{_FLOW}:block_items", "Block items, with a reason."),
    "unblock": (f"{_FLOW}:unblock_items", "Unblock items."),
    "drop": (f"{_FLOW}:drop_items", "Drop items: end them undelivered."),
    "reopen": (f"{_FLOW}:reopen_items", "Reopen done or dropped items."),
    "archive": (
        f"{_FLOW}:archive_items",
        "Archive items: hide them from the board, keep their history.",
    ),
    "comment": (f"{_FLOW}:comment_item", "Comment on an item."),
    "link": (f"{_WRITE}:link_items", "Link an item to others."),
    "unlink": (f"{_WRITE}:unlink_items", "Remove links."),
    "ask": (
        "vsm.cli.item_agreement:ask_item",
        "Request that a blocking item is delivered by a date.",
    ),
    "answer": ("vsm.cli.item_agreement:answer_item", "Answer the request of a blocked item."),
}

EXAMPLES = """
vsm item add 'Refund webhooks' --team core --stage Ready
vsm item list --filter 'owner:me -blocked'
vsm item move PAY-131 PAY-132 Review --reason 'agreed in the stand-up'
vsm item block PAY-131 --kind decision --reason 'waits for legal'
vsm item link PAY-131 blocks PAY-140
"""


@click.group(cls=Noun, verbs=VERBS, examples=EXAMPLES)
def item() -> None:
    """Add, show, change, move, block and list work items.

    A verb that takes several keys is all or nothing; one undo reverts it.
    """
