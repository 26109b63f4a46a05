"""Actions of the reports."""

from __future__ import annotations

from functools import partial

from vsm.actions.action import Action, Group, Scope

_look = partial(Action, scope=Scope.REPORTS, group=Group.FIGURES)
_note = partial(Action, scope=Scope.REPORTS, group=Group.STEER, writes=True)

ACTIONS = (
    _look(
        "choose_report",
        "t",
        "Choose another report",
        "Weekly, retro and handover are about the stream that is shown; portfolio, service and "
        "governance about all streams.",
        hint="report",
    ),
    _look(
        "open_subject",
        "g",
        "Go to the subject of the fact",
        "Open the page of what the fact is about: the initiative on the portfolio, where it can be "
        "decided on, the team, the service, or the screen that shows more. Escape comes back.",
        hint="go to",
    ),
    _note(
        "acknowledge_fact",
        "a",
        "Acknowledge the fact",
        "Note the fact under the cursor as known, for all: it stays off the first page until it is "
        "worse. Where it is acknowledged: take that back.",
        hint="acknowledge",
    ),
    _note(
        "mark_wrong",
        "x",
        "Mark the fact as wrong",
        "Note that the fact under the cursor is not so, or not worth a line: that counts against "
        "the precision of its rule. Where it is marked: take that back.",
        hint="wrong",
    ),
    _note(
        "item_from_fact",
        "m",
        "Make an item from the fact",
        "Add an item to the stream, with the sentence and the items behind it in its description; "
        "all of it can be edited first.",
        hint="item",
    ),
    _look(
        "older_report",
        "h left",
        "Show the report before",
        "Show the report on record before the one that is shown.",
        hint="older",
    ),
    _look(
        "newer_report",
        "l right",
        "Show the report after",
        "Show the report on record after the one that is shown; after the last one that of now.",
    ),
    _note(
        "record_report",
        "p",
        "Put the report on record",
        "Keep that this report was made, with its facts and the SHA-256 of its Markdown, as vsm "
        "report does: for everybody the next one begins here.",
        hint="record",
    ),
    _look(
        "report_rules",
        "v",
        "Show the rules",
        "List the rules that make facts, and how often each was right in the last 26 weeks.",
        hint="rules",
    ),
)
