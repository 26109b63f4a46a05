"""Events in words, and what on a screen they touch."""

from __future__ import annotations

from typing import Any, Protocol

from vsm.model import event as e
from vsm.model.calendar import workdays_text
from vsm.model.control.control import Disposition
from vsm.model.control.evidence import EvidenceKind
from vsm.model.declared import DECLARED_FIELDS, TimeBasis
from vsm.model.draft import DraftState
from vsm.model.entities import DRAFT, ENTITIES, TEAM
from vsm.model.entity import Entity, Field
from vsm.model.governance_entities import CONTROL, MODE, WAIVER
from vsm.model.governance_text import describe_answer, mode_of
from vsm.model.item import DependencyState
from vsm.model.plural import count
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.sanitise import inert_line
from vsm.model.sprint_text import MEMBERSHIP, SPRINT_EVENTS, describe_sprint


class Names(Protocol):
    """Names for ids; unknown ones are named by their number."""

    def stage(self, stage_id: int) -> str:
        """The stage's name."""

    def key(self, item_id: int) -> str:
        """The item's key."""

    def stream(self, stream_id: int) -> str:
        """The stream's name."""

    def entity(self, entity: Entity[Any], number: int) -> str:
        """The title of an entity."""

    def get(self, entity: Entity[Any], number: int) -> Any:
        """The entity with this id as it is now; ``None`` where it was removed."""

    def import_run(self, number: int) -> str:
        """The file of an import, and how many items came with it."""


_FIELD = {
    "service_level": "service level",
    "need_by": "needed by",
    "lead_weeks": "lead time in weeks",
    "ramp_weeks": "weeks of the ramp",
    "ramp_start": "beginning of the ramp",
    "service": "class of service",
    "due": "due date",
    "limit": "WIP limit",
    "limit_kind": "kind of limit",
    "zone": "time zone",
    "prefix": "key prefix",
    "commitment": "commitment stage",
    "class_limits": "limits by class of service",
    "workdays": "working days",
    "types": "types of work",
    "move_entry": "moves",
    "map_time": "times of the map",
    "process_days": "process time",
    "wait_days": "wait",
    "complete_accurate": "%C&A",
    "declared_note": "source of the declared values",
    "exempt": "classes beside the WIP limit",
    "group_limits": "WIP limits over several stages",
}


_PRACTICE: dict[str, type[StageBehaviour] | type[MoveEntry] | type[TimeBasis]] = {
    "behaviour": StageBehaviour,
    "move_entry": MoveEntry,
    "map_time": TimeBasis,
}


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def describe(event: e.Event, names: Names, *, item: str | None = None) -> str:
    """What happened, in the past tense and without a subject: ``moved PAY-131 to Review``.

    ``item`` says how the item is named: by its key (``None``), by a word (``it``), or not at
    all (``""``), as in its own history: ``moved to Review``.
    """
    it = ""
    if isinstance(event, _ITEM):
        word = names.key(event.item) if item is None else item
        it = f" {word}" if word else ""
    if isinstance(event, SPRINT_EVENTS):
        return describe_sprint(event, it, names)
    if isinstance(event, e.ItemMoved):
        return _moved(event, it, names)
    if isinstance(event, e.MoveRetracted):
        back = f"it is in {names.stage(event.target)} again"
        return f"undid the move of{it}: {back}" if it else f"took back the move: {back}"
    if isinstance(event, e.ItemTransferred):
        where = f"to {names.stream(event.to)}, {names.stage(event.target)}"
        return f"transferred{it} from {names.stream(event.stream)} {where}{_over(event.override)}"
    if isinstance(event, e.TransferRetracted):
        back = f"it is in {names.stream(event.to)} again"
        return f"undid the transfer{' of' + it if it else ''}: {back}"
    if isinstance(event, e.ItemCommented):
        return f"commented{f' on{it}' if it else ''}: {_short(event.text)}"
    if isinstance(event, e.CommentRetracted):
        return f"undid a comment{' on' + it if it else ''}"
    if isinstance(event, e.ItemAdded):
        where = f"in {names.stage(event.stage)}{_over(event.override)}"
        return f"added {event.key} {where}" if item is None else f"added{it} {where}"
    if isinstance(event, e.ItemRemoved):
        return f"undid the adding of {event.key}"
    if isinstance(event, e.ItemEdited):
        return f"changed {'the ' if not it else it.strip() + ': '}{_edits(event.changes, names)}"
    if isinstance(event, e.ItemReordered):
        way = "up" if event.rank < event.rank_before else "down"
        return f"moved{it} {way} within {names.stage(event.stage)}"
    if isinstance(event, e.ItemBlocked):
        return f"blocked{it} ({event.why}){', entered late' * event.late}: {event.reason}"
    if isinstance(event, e.BlockRetracted):
        return f"undid the blocking{' of' + it if it else ''}"
    if isinstance(event, e.ItemUnblocked):
        return f"unblocked{it}{_late(event.reason) if event.late else ''}"
    if isinstance(event, e.UnblockRetracted):
        return f"undid the unblocking{' of' + it if it else ''}"
    if isinstance(event, e.ItemArchived):
        return f"archived{it}" if event.archived else f"brought{it} back from the archive"
    if isinstance(event, e.ItemLinked):
        return f"linked {event.source} {_link(event.link)} {event.target}"
    if isinstance(event, e.ItemUnlinked):
        return f"took away the link {event.source} {_link(event.link)} {event.target}"
    if isinstance(event, e.DependencyAgreed):
        return f"{event.target} waits for {event.source}: {_agreement(*event.after)}"
    if isinstance(event, e.ItemHistoryImported):
        again = " again" if event.replaces else ""
        return f"imported{it}{again} with {count(len(event.transitions) - 1, 'move')}"
    if isinstance(event, e.EvidenceAdded | e.EvidenceRetracted | e.MoveChecked):
        return _put_on_record(event, it, names)
    return _structure(event, names)


def _short(text: str) -> str:
    said = inert_line(text)
    return said if len(said) <= 60 else f"{said[:59]}…"


_EVIDENCE = {kind: _with_article(kind.value.replace("_", " ")) for kind in EvidenceKind}


def _put_on_record(
    event: e.EvidenceAdded | e.EvidenceRetracted | e.MoveChecked, it: str, names: Names
) -> str:
    if isinstance(event, e.MoveChecked):
        return _checked(event, it, names)
    of = f" of{it}" if it else ""
    if isinstance(event, e.EvidenceRetracted):
        return f"undid the recording of evidence{of}"
    status = f" ({event.status})" if event.status else ""
    return f"recorded {_EVIDENCE[event.what]}{of}{status}: {event.ref}"


def _checked(event: e.MoveChecked, it: str, names: Names) -> str:
    """Which controls were asked, and what each of them said."""
    by_verdict: dict[str, list[str]] = {}
    for gate in event.gates:
        verdict = str(gate.verdict).replace("_", " ")
        by_verdict.setdefault(verdict, []).append(names.entity(CONTROL, gate.control))
    said = "; ".join(f"{verdict}: {', '.join(some)}" for verdict, some in by_verdict.items())
    return f"checked{it} by hand for {names.stage(event.target)} ({said})"


def _refused(event: e.MoveRefused, names: Names) -> str:
    """Which controls refused a move, and whether facts were missing."""
    stopped = [g for g in event.gates if g.disposition is Disposition.ENFORCED]
    controls = ", ".join(names.entity(CONTROL, gate.control) for gate in stopped)
    where = f"{names.key(event.change)} to {names.stage(event.target)}"
    return f"was refused to move {where} by {controls}"


def _moved(event: e.ItemMoved, it: str, names: Names) -> str:
    verb = {"move": "moved", "drop": "dropped", "reopen": "reopened"}[event.how]
    where = f"from {names.stage(event.source)} to {names.stage(event.target)}"
    if event.late:
        return f"{verb}{it} {where}{_over_limit(event.override)}{_late(event.reason)}"
    why = f": {event.reason}" if event.reason and event.how != "move" else ""
    emergency = f" in an emergency: {event.emergency}" if event.emergency else ""
    return f"{verb}{it} {where}{why}{_over(event.override)}{emergency}"


def _structure(event: e.Event, names: Names) -> str:
    if isinstance(event, e.MoveRefused):
        return _refused(event, names)
    if isinstance(event, e.ImportRan):
        what = f"{count(event.items, 'item')} and {count(event.transitions, 'move')}"
        return f"imported {what} from {event.file} into {names.stream(event.stream)}"
    if isinstance(event, e.ImportWithdrawn):
        return f"undid the import of {names.import_run(event.run)}"
    if isinstance(event, e.ImportRestored):
        return f"redid the import of {names.import_run(event.run)}"
    if isinstance(event, e.EntriesRedacted):
        return _redacted(event)
    if isinstance(event, e.KeyAdded | e.KeyRevoked | e.AccessReviewed):
        return _access(event)
    if isinstance(event, e.StreamCreated):
        return f"made the stream {event.name}"
    if isinstance(event, e.StreamRemoved):
        return "undid the making of a stream"
    if isinstance(event, e.StreamChanged):
        return f"changed the stream: {_edits(event.changes, names)}"
    if isinstance(event, e.StageAdded):
        return f"added the stage {event.stage.name}"
    if isinstance(event, e.StageRemoved):
        return f"undid the adding of the stage {event.stage.name}"
    if isinstance(event, e.StageChanged):
        if "retired" in event.changes:
            verb = "retired" if event.changes["retired"][1] else "brought back"
            return f"{verb} the stage {names.stage(event.stage)}"
        verb = "declared" if event.changes.keys() <= DECLARED_FIELDS else "changed"
        return f"{verb} {names.stage(event.stage)}: {_edits(event.changes, names)}"
    if isinstance(event, e.EdgesChanged):
        return _redrawn(event, names)
    if isinstance(event, e.StagesRearranged):
        return "changed the order of the stages"
    if isinstance(event, e.StageRanksRebalanced):
        return f"spread the order of {names.stage(event.stage)}"
    if isinstance(event, e.EntityAdded):
        return event.entity.added.format(**_entity_words(event, names))
    if isinstance(event, e.EntityRemoved):
        return event.entity.removed.format(**_entity_words(event, names))
    if isinstance(event, e.EntityChanged):
        if event.entity is DRAFT and "state" in event.changes:
            name = names.entity(DRAFT, event.id)
            is_open = event.after["state"] == DraftState.OPEN
            return f"reopened the future state {name}" if is_open else f"made {name} real"
        if event.entity is WAIVER and "state" in event.changes:
            return describe_answer(event, names)
        what = f"{event.entity.changed} {names.entity(event.entity, event.id)}"
        edits = (
            _edit_entity(event.entity.field(name), before, after, names)
            for name, (before, after) in event.changes.items()
        )
        return f"{what}: {', '.join(edits)}"
    raise TypeError(f"no words for {type(event).__name__}")


def _redrawn(event: e.EdgesChanged, names: Names) -> str:
    """That edges changed; of notes alone which, and what they say."""
    before = {(edge.source, edge.target, edge.kind): edge.note for edge in event.before}
    after = {(edge.source, edge.target, edge.kind): edge.note for edge in event.after}
    if before.keys() != after.keys() or before == after:
        return "changed the map of the stream"
    notes = (
        f"{names.stage(ends[0])} → {names.stage(ends[1])}: note {value_text(inert_line(note))}"
        for ends, note in after.items()
        if note != before[ends]
    )
    return f"changed {', '.join(notes)}"


def _redacted(event: e.EntriesRedacted) -> str:
    entries = count(len(event.entries), "entry", "entries")
    what = ", ".join(event.fields) or "a name"
    return f"took {what} out of {entries}: {event.reason}"


def _access(event: e.KeyAdded | e.KeyRevoked | e.AccessReviewed) -> str:
    """What became of a key, whom it lets in, and what narrows that; or what was reviewed."""
    if isinstance(event, e.AccessReviewed):
        return f"reviewed {count(event.roles, 'role')}, {count(event.keys, 'key')}: {event.note}"
    if isinstance(event, e.KeyRevoked):
        return f"revoked the key {event.title} ({event.fingerprint}) of {event.login}"
    limits = [f"at most {event.role}" if event.role else ""]
    limits += [f"until {event.until}" if event.until else ""]
    limits += [f"from {' or '.join(event.sources)}" if event.sources else ""]
    narrowed = "".join(f", {limit}" for limit in limits if limit)
    return f"added the key {event.title} ({event.fingerprint}) for {event.login}{narrowed}"


def _over(override: e.Override | None) -> str:
    return f"{_over_limit(override)}: {override.reason}" if override else ""


def _over_limit(override: e.Override | None) -> str:
    if override is None:
        return ""
    of = f" {override.service}" if override.service else ""
    of = f" in {override.group}" if override.group else of
    return f" over the WIP limit ({override.wip} of {override.limit}{of})"


def _late(reason: str) -> str:
    """That something was entered late, and why."""
    return f", entered late{f': {reason}' if reason else ''}"


def _link(kind: str) -> str:
    return {"blocks": "blocks", "relates": "relates to", "parent": "is the parent of"}[kind]


def _edits(changes: dict[str, tuple[Any, Any]], names: Names) -> str:
    return ", ".join(
        _edit(field, before, after, names) for field, (before, after) in changes.items()
    )


def _edit(field: str, before: Any, after: Any, names: Names) -> str:
    name = _FIELD.get(field, field)
    if field in ("description", "policy"):
        return name
    if field == "team":
        before, after = (None if v is None else names.entity(TEAM, v) for v in (before, after))
    elif field == "commitment":
        before, after = (None if v is None else names.stage(v) for v in (before, after))
    elif field == "workdays":
        before, after = (None if v is None else workdays_text(v) for v in (before, after))
    elif field in _PRACTICE:
        before, after = (_PRACTICE[field](v).words for v in (before, after))
    elif field in DECLARED_FIELDS:
        before, after = (declared_text(field, v) for v in (before, after))
    elif field == "group_limits":
        before, after = ([_group(group, names) for group in v] for v in (before, after))
    elif field == "holidays":
        return f"{name}: {len(after)}"
    return f"{name} {value_text(before)} → {value_text(after)}"


def _entity_words(event: e.EntityAdded | e.EntityRemoved, names: Names) -> dict[str, Any]:
    """The values of an entity, what they refer to by name; private ones are left out."""
    words: dict[str, Any] = {}
    for field in event.entity.fields:
        value = event.values[field.name]
        if field.is_private:
            continue
        words[field.name] = ", ".join(_titles(field, value, names)) if field.refers_to else value
    if event.entity is MODE:
        words["value"] = mode_of(event, names)
    return words


def _titles(field: Field, value: Any, names: Names) -> list[str]:
    """What a value refers to, by name."""
    if field.refers_to == "stream":
        return [names.stream(number) for number in field.references(value)]
    entity = ENTITIES[field.refers_to]
    return [names.entity(entity, number) for number in field.references(value)]


def _group(group: dict[str, Any], names: Names) -> str:
    label = group.get("name") or " + ".join(map(names.stage, group["stages"]))
    return f"{label} {group['limit']} {group.get('kind', 'soft')}"


def _edit_entity(field: Field, before: Any, after: Any, names: Names) -> str:
    if field.type.is_long or field.is_private:
        return _FIELD.get(field.public, field.public)
    if not field.refers_to:
        if field.type.column == "INTEGER":  # moments, and yes or no
            before, after = (
                None if value is None else field.type.text(value) for value in (before, after)
            )
        return _edit(field.public, before, after, names)
    titles = (value_text(_titles(field, value, names)) for value in (before, after))
    return f"{_FIELD.get(field.public, field.public)} {' → '.join(titles)}"


def _agreement(state: DependencyState | None, need_by: str | None) -> str:
    agreed = f"{state}" if state else "nothing agreed on"
    return f"{agreed}, needed by {need_by}" if need_by else agreed


def field_name(field: str) -> str:
    """A field of an item, a stage or a stream, as people read it."""
    return _FIELD.get(field, field)


def declared_text(field: str, value: Any) -> str:
    """The value of a field that people declare of a stage."""
    if field in ("process_days", "wait_days") and value is not None:
        return f"{value:.3g} d"
    if field == "complete_accurate" and value is not None:
        return f"{100 * value:.3g}%"
    return value_text(value)


def value_text(value: Any) -> str:
    """The value of a field, as people read it."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {word}" for key, word in value.items()) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None or value == "" else str(value)


_ITEM = (
    e.ItemAdded,
    e.ItemRemoved,
    e.ItemEdited,
    e.ItemMoved,
    e.MoveRetracted,
    e.ItemTransferred,
    e.TransferRetracted,
    e.ItemCommented,
    e.CommentRetracted,
    e.ItemReordered,
    e.ItemBlocked,
    e.BlockRetracted,
    e.ItemUnblocked,
    e.UnblockRetracted,
    e.ItemArchived,
    e.ItemLinked,
    e.ItemUnlinked,
    e.DependencyAgreed,
    e.EvidenceAdded,
    e.EvidenceRetracted,
    e.MoveChecked,
    e.ItemHistoryImported,
    *MEMBERSHIP,
)


_EVERYTHING = (
    e.ItemRemoved,
    e.ItemHistoryImported,
    e.ItemLinked,
    e.ItemUnlinked,
    e.ItemTransferred,
    e.TransferRetracted,
)


def stages_of(event: e.Event) -> tuple[int, ...] | None:
    """Stages whose columns an event changes beyond its item's own; ``None``: everything.

    An empty tuple means the stage that the item is in.
    """
    if isinstance(event, (e.ItemMoved, e.MoveRetracted)):
        return (event.source, event.target)
    if isinstance(event, (e.ItemAdded, e.ItemReordered, e.StageRanksRebalanced)):
        return (event.stage,)
    if isinstance(event, e.MoveRefused):
        return ()
    if isinstance(event, _EVERYTHING) or not isinstance(event, _ITEM):
        return None
    return ()
