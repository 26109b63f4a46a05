"""Actions of the screens that steer: governance, sprints and delivery."""

from __future__ import annotations

from functools import partial

from vsm.actions.action import Action, Group, Needs, Scope, places

_govern = partial(Action, scope=Scope.GOVERNANCE, group=Group.STEER)
_sprint = partial(Action, scope=Scope.SPRINTS, group=Group.STEER)
_delivery = partial(Action, scope=Scope.DELIVERY, group=Group.STEER, writes=True)

ACTIONS = (
    _govern(
        "set_mode",
        "m",
        "Set the mode",
        "Say how hard the stream, or the control under the cursor, binds: off, supportive, "
        "controlling or directive, from a day on and with a reason.",
        hint="mode",
        writes=True,
    ),
    _govern(
        "ask_waiver",
        "w",
        "Ask for a waiver",
        "Ask that the control under the cursor is waived for an item, for items with a label, or "
        "for the stream; somebody else grants it.",
        hint="waiver",
        writes=True,
    ),
    _govern(
        "answer_waiver",
        "a",
        "Answer a waiver",
        "Grant, refuse or withdraw the waiver under the cursor.",
        writes=True,
    ),
    _govern(
        "replay_control",
        "p",
        "Replay the control on the past",
        "Run the control under the cursor over the last 90 days: what it would have stopped, "
        "whether that proved bad, and the wait that it would have added.",
        hint="replay",
    ),
    _govern(
        "gate_costs",
        "c",
        "Show what gates cost",
        "Show by control and month what was refused, the wait that it added, and whether it "
        "proved bad.",
        hint="cost",
    ),
    _govern(
        "list_waivers",
        "v",
        "List the waivers",
        "List the waivers of the stream, those that wait for an answer first.",
        hint="waivers",
    ),
    _govern(
        "list_risks",
        "i",
        "Security and privacy ahead",
        "List open items with personal data or a security label that lack facts near a gate or "
        "their due date: what is missing, and why it matters now.",
        hint="risks",
    ),
    _govern(
        "list_frameworks",
        "f",
        "Show frameworks",
        "Show SOC 2, GDPR and other frameworks: which controls serve each requirement, and their "
        "verdicts on the items of the last 90 days. Enter lists the items behind the numbers.",
        hint="frameworks",
    ),
    _govern(
        "count_by",
        "b",
        "Count other items",
        "On frameworks: count the items that were deployed, finished, or active, in turn.",
    ),
    _govern(
        "audit_sample",
        "A",
        "Draw an audit sample",
        "Draw items of a period by a seed, as many as auditors usually look at or as you say: the "
        "same seed draws the same sample again.",
        hint="sample",
    ),
    _govern(
        "item_evidence",
        "E",
        "Show the evidence of an item",
        "List what is on record about the item behind the line, or about one that you name: kind, "
        "who, when, reference; and what its next move still lacks.",
        hint="evidence",
        also=places(Scope.ITEM),
    ),
    Action(
        "show_evidence",
        "p",
        "Show the evidence of the item",
        "List what is on record about the item under the cursor: approvals, reviews, builds, "
        "documents, stated facts; and record more.",
        scope=Scope.BOARD,
        group=Group.FIGURES,
        needs=Needs.ITEM,
        runs="vsm.screens.board.evidence:show_evidence",
    ),
    _govern(
        "record_evidence",
        "r",
        "Record evidence",
        "On the evidence of an item: record an approval, a review, a document by its hash, or "
        "facts that you state.",
        writes=True,
    ),
    _govern(
        "show_drift",
        "d",
        "Show the drift from the standard",
        "Show where the stream differs from the standard that it follows, or from the one under "
        "the cursor; what is agreed, and what deviations cost.",
        hint="drift",
    ),
    _govern(
        "agree_deviation",
        "g",
        "Agree on a deviation",
        "Agree that the stream differs in the part under the cursor, with a reason and a last "
        "day; on an agreed one change them.",
        writes=True,
    ),
    _govern(
        "list_standards",
        "l",
        "List the standards",
        "List standards and the streams that follow one. Enter shows all parts of a standard.",
        hint="standards",
    ),
    _govern(
        "adopt_standard",
        "L",
        "Adopt the standard",
        "Have the stream follow the standard under the cursor, with a reason; nothing about the "
        "stream changes.",
        writes=True,
    ),
    _govern(
        "template_text",
        "t",
        "Read a text to begin with",
        "Read a text to begin with (definition of ready, test plan, decision record), that of the "
        "control first; copy it into an item.",
        hint="text",
    ),
    _govern(
        "add_control",
        "n",
        "Set a control",
        "Choose one of the controls that come with vsm, and set it.",
        hint="new",
        writes=True,
    ),
    _sprint(
        "plan_sprint",
        "n",
        "Plan a sprint",
        "Plan the next sprint: name, goal, first and last day, what it is counted in, team, "
        "team-days.",
        hint="plan",
        writes=True,
    ),
    _sprint(
        "add_to_sprint",
        "a",
        "Add marked items",
        "Add the items that are marked on the board, or those whose keys you type, to the sprint; "
        "while it is active the reason is asked for.",
        hint="add",
        writes=True,
    ),
    _sprint(
        "remove_from_sprint",
        "x delete",
        "Remove the item from the sprint",
        "Remove the item under the cursor from the sprint; while that is active the reason is "
        "asked for.",
        writes=True,
    ),
    _sprint(
        "start_sprint",
        "!",
        "Start the sprint",
        "Show what is in the sprint against its capacity, and start it: that is the commitment, "
        "which nothing changes later.",
        hint="start",
        writes=True,
    ),
    _sprint(
        "close_sprint",
        "C",
        "Close the sprint",
        "End the sprint; what is left goes into the next one, another one or the backlog, all of "
        "it or item by item.",
        hint="close",
        writes=True,
    ),
    _sprint(
        "judge_sprint",
        "g",
        "Judge the goal",
        "Say whether the goal of the sprint was met, partly met or missed, with a note.",
        hint="goal",
        writes=True,
    ),
    _sprint(
        "sprint_measure",
        "m",
        "Count in items or points",
        "Show all figures in items instead of points or hours, or the other way round.",
        hint="measure",
    ),
    _sprint(
        "show_bugs",
        "b",
        "Show the bugs",
        "Show inflow, outflow, age and escapes of the bugs of the stream; the same key again goes "
        "back to the sprints.",
        hint="bugs",
    ),
    _delivery(
        "link_incident",
        "l",
        "Link the incident to a deployment",
        "Name the deployment that caused the incident under the cursor, or say that none did: then "
        "none is inferred.",
    ),
    _delivery(
        "mark_unplanned",
        "U",
        "Mark the deployment as unplanned",
        "Say whether the deployment under the cursor was planned, and which incident it repairs; "
        "or leave it to the rules of the service.",
    ),
)
