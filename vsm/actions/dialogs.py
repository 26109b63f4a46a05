"""Actions of dialogs, lists, forms, the filter line, the organisation and the welcome screen."""

from __future__ import annotations

from functools import partial

from vsm.actions.action import Action, Group, Needs, Scope, places
from vsm.model.entities import ENTITIES

_dialog = partial(Action, scope=Scope.DIALOG, group=Group.DIALOGS, palette=False)
_list = partial(Action, scope=Scope.LIST, group=Group.DIALOGS, palette=False)
_rows = partial(_list, also=places(Scope.STREAMS))
_form = partial(Action, scope=Scope.FORM, group=Group.FORMS, palette=False)
_organisation = partial(Action, scope=Scope.ORGANISATION, group=Group.ORGANISATION, palette=False)
_welcome = partial(Action, scope=Scope.WELCOME, group=Group.WELCOME)
_BOTH = places(Scope.LINKS)
_value = partial(Action, scope=Scope.CHOICE, group=Group.FORMS, palette=False)

_LISTED = [entity.plural for entity in ENTITIES.values() if entity.is_on_screen]
"""Declared entities that have a list of their own."""

ACTIONS = (
    _dialog(
        "confirm",
        "enter",
        "Confirm",
        "Take what is typed or chosen; in a form save, from a text over several lines with the key "
        "that saves.",
        also=places(Scope.FILTER, Scope.WELCOME),
    ),
    _dialog(
        "cancel",
        "escape",
        "Cancel",
        "Close the dialog and change nothing; clear the filter line.",
        also=places(Scope.FILTER),
    ),
    _dialog("answer_yes", "y", "Answer yes", "The same as confirming.", scope=Scope.CONFIRM),
    _dialog("answer_no", "n", "Answer no", "The same as cancelling.", scope=Scope.CONFIRM),
    _dialog(
        "close_dialog",
        "q",
        "Close the text",
        "The same as cancelling, where nothing is typed.",
        scope=Scope.TEXT,
        also=places(Scope.ORGANISATION),
    ),
    _dialog(
        "go_to_item",
        "g",
        "Go to the item on the board",
        "Close the figures and put the cursor on the item.",
        scope=Scope.ITEM,
    ),
    _dialog(
        "edit_policy",
        "e",
        "Edit the policy",
        "Write when an item may enter the stage and when it may leave.",
        scope=Scope.POLICIES,
        needs=Needs.PRESENT,
    ),
    _list(
        "list_up",
        "up",
        "Go one row up",
        "In a form: the candidate above, or the field before.",
        also=places(Scope.FORM),
    ),
    _list(
        "list_down",
        "down",
        "Go one row down",
        "In a form: the candidate below, or the next field.",
        also=places(Scope.FORM),
    ),
    _rows("list_page_up", "pageup", "Go a page of rows up", "As many as the list shows."),
    _rows("list_page_down", "pagedown", "Go a page of rows down", "As many as the list shows."),
    _list(
        "sort_list",
        "ctrl+o",
        "Sort the list",
        "By days, days in stage, due date, stage, team, owner, key; then in its first order again.",
        scope=Scope.ITEMS,
    ),
    _list(
        "remove_entry",
        "delete",
        "Remove the view or the link",
        "Remove what is under the cursor of the list.",
        scope=Scope.VIEWS,
        also=places(Scope.LINKS),
    ),
    _list(
        "type_name",
        "/",
        "Type a name",
        "Begin to type, where the first letter of the name would move the cursor.",
        scope=Scope.STREAMS,
    ),
    _form(
        "save",
        "ctrl+s",
        "Save",
        "Save the form; in the filter line save the filter as a view.",
        also=places(Scope.LINKS, Scope.FILTER),
    ),
    _form(
        "next_field",
        "tab",
        "Go to the next field",
        "Take the completion that is shown first, if there is one.",
        also=_BOTH,
    ),
    _form(
        "swap_theirs",
        "ctrl+t",
        "Swap with what somebody else wrote",
        "Where somebody changed the same field: show theirs in it, and again: yours.",
    ),
    _form("previous_field", "shift+tab", "Go to the field before", "Back to it.", also=_BOTH),
    _value("previous_value", "left", "Choose the value before", "A letter goes to its value."),
    _value("next_value", "right space", "Choose the next value", "A letter goes to its value."),
    _form(
        "complete",
        "tab",
        "Complete what is typed",
        "Take the completion that is shown: a path, the name of a field of the filter, a value.",
        scope=Scope.FILTER,
        also=places(Scope.FILE),
    ),
    _organisation("add_entry", "a", "Add an entry", "Add one of what the list shows."),
    _organisation("edit_entry", "e", "Edit the entry", "Change its fields in a form."),
    _organisation(
        "retire_entry",
        "x delete",
        "Remove or retire the entry",
        "A stage is retired, so that its history stays; what is not in use is removed.",
    ),
    _organisation("restore_entry", "r", "Restore the stage", "Bring a retired stage back."),
    _organisation(
        "stage_policy",
        "p",
        "Edit the policy of the stage",
        "Write when an item may enter and leave.",
    ),
    _organisation(
        "stream_board", "b", "Open the board of the stream", "Close this and show that board."
    ),
    _organisation("next_list", "tab", "Go to the next list", "After the last one the first."),
    _organisation("previous_list", "shift+tab", "Go to the list before", "Also round and round."),
    _organisation("list_streams", "1", "List the streams", "Show the value streams."),
    _organisation("list_stages", "2", "List the stages", "Show the stages of the stream."),
    _organisation("list_edges", "3", "List the edges", "Show where stages lead to."),
    *(
        _organisation(f"list_{name}", str(key % 10), f"List the {name}", f"Show all {name}.")
        for key, name in enumerate(_LISTED, 4)
    ),
    _welcome("try_demo", "1", "Try the demo", "Make a demo organisation in a file of its own."),
    _welcome(
        "start_template",
        "2",
        "Start from a template",
        "Make a value stream from a template: Kanban, Scrum, incidents or your own.",
    ),
    _welcome("start_import", "3", "Import a file", "Import from Jira, an event log or a CSV file."),
)
