"""Shows the evidence of an item on the screen of governance, and records more of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsm.actions import Needs
from vsm.features.compliance.evidence import stated_facts
from vsm.file_hash import hash_file
from vsm.model.command import AddEvidence
from vsm.model.control.evidence import (
    ATTESTED,
    STATUSES,
    EvidenceKind,
    attestation_ref,
    read_sha256,
)
from vsm.model.control.fact_list import FACTS
from vsm.model.dates import MOMENT_WORDS, read_moment
from vsm.model.errors import Refusal, RefusalCode, VsmError
from vsm.model.rules import local, to_micros
from vsm.screens.change_form import ask
from vsm.screens.dialogs import PickDialog
from vsm.screens.forms import Form, Values
from vsm.screens.serial_executor import run_aside
from vsm.screens.situation import situation
from vsm.widgets.field import FieldSpec
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.screens.report_screen import ReportScreen
    from vsm.screens.vsm_screen import VsmScreen

OFFERED = 20
"""Most items that are offered for what is typed."""
_ABOUT = {
    "data": "personal data: purpose, lawful basis, retention",
    "dpia": "the impact assessment",
    "incident": "an incident: awareness, notice, cause",
    "request": "a request of a person: received, extended",
    "": "risk and reviews of an emergency",
}
"""What facts are about, by the first part of their paths."""


# -- which item -----------------------------------------------------------------------------


async def choose_evidence(screen: ReportScreen) -> None:
    """Show the evidence of the item behind the line, or of one that is asked for."""
    target = screen.target
    items = [number for number, _ in target.items] if target is not None else []
    if len(set(items)) == 1:
        screen.show_evidence(items[0])
        return
    key = await ask_item(screen, "Evidence of an item")
    item = None if key is None else await screen.host.reading.call(lambda r: r.find_key(key))
    if item is not None:
        screen.show_evidence(item.id)


async def ask_item(screen: VsmScreen, title: str) -> str | None:
    """Ask for the key of an item of any stream; those that match are offered."""
    chosen: list[str] = []

    async def candidates(text: str) -> Sequence[Row]:
        if not text.strip():
            return ()
        matches = await screen.host.reading.call(lambda r: r.keys_like(text, None, OFFERED))
        return [Row(key, key, title) for key, title in matches]

    async def check(values: Values) -> Refusal | None:
        key = str(values["key"])
        item = await screen.host.reading.call(lambda r: r.find_key(key)) if key else None
        if item is None:
            wrong = f"there is no item {key}" if key else "no item is named"
            return Refusal(RefusalCode.UNKNOWN, wrong, "type part of a key and choose one")
        chosen.append(item.key)
        return None

    fields = [FieldSpec("key", "Item", "", "part of a key", complete=candidates)]
    keys = "{confirm}: choose · {cancel}: cancel"
    done = await screen.app.push_screen_wait(Form(title, fields, check, keys=keys, whole=True))
    screen.host.typeahead.release()
    return chosen[0] if done and chosen else None


# -- recording ------------------------------------------------------------------------------


async def record_evidence(screen: ReportScreen, item: int) -> None:
    """Choose what kind of evidence it is, ask for it, and record it."""
    groups = list(dict.fromkeys(map(_group, ATTESTED)))
    rows = [
        Row("approval", "approval", "somebody agrees to the change"),
        Row("review", "review", "somebody looked at a pull request"),
        Row("document", "document", "a file that is kept elsewhere, by its SHA-256"),
        *(Row(f"facts {group}", f"facts {group}".strip(), _ABOUT[group]) for group in groups),
    ]

    def find(text: str) -> Sequence[Row]:
        words = text.strip().casefold()
        return [row for row in rows if words in f"{row.name} {row.text}".casefold()]

    chosen = await screen.app.push_screen_wait(
        PickDialog(
            "Record evidence",
            find,
            placeholder="part of a kind",
            keys="{list_up} {list_down}: choose · {confirm}: go on · {cancel}: cancel",
            tall=False,
        )
    )
    if not chosen:
        return
    word, _, group = chosen.partition(" ")
    if word == "facts":
        await _ask_facts(screen, item, group)
        return
    kind = EvidenceKind(word)
    fields = [*_own_fields(screen, kind), *_common_fields(screen)]

    async def command(values: Values) -> AddEvidence | Refusal:
        return await _checked(_command(item, kind, values), str(values.get("file", "")))

    await ask(screen, f"Record {_a(word)}", fields, command)


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _group(path: str) -> str:
    """``data`` of ``change.data.purpose``; empty where a fact stands alone."""
    group = path.removeprefix("change.").partition(".")[0]
    return group if group in _ABOUT else ""


def _own_fields(screen: ReportScreen, kind: EvidenceKind) -> list[FieldSpec]:
    """The fields that one kind of evidence has."""
    if kind is EvidenceKind.APPROVAL:
        return [
            FieldSpec("ref", "Reference", "", "where it is: CAB-12, an address"),
            FieldSpec("d_role", "Role", "", "in which role: cab, product owner"),
            FieldSpec("d_kind", "Kind", "", "retrospective, after an emergency"),
        ]
    if kind is EvidenceKind.REVIEW:
        words = STATUSES[kind]
        return [
            FieldSpec("ref", "Reference", "", "where it is: an address, a number"),
            FieldSpec("d_pr", "Pull request", "", "its number or address"),
            FieldSpec("status", "Outcome", words[0], choices=words),
        ]
    fields = [FieldSpec("ref", "Reference", "", "where it is kept: an address, a path")]
    if Needs.FILES in situation(screen).has:
        fields.append(FieldSpec("file", "File", "", "its hash is taken; the file is not stored"))
    fields.append(FieldSpec("sha256", "SHA-256", "", "64 hexadecimal digits", read=_read_hash))
    return fields


def _read_hash(typed: str) -> tuple[Any, str]:
    return read_sha256(typed), ""


def _common_fields(screen: ReportScreen) -> list[FieldSpec]:
    now, zone = screen.host.now(), screen.stream.zone

    def read_when(typed: str) -> tuple[Any, str]:
        if not typed.strip():
            return None, ""
        return to_micros(read_moment(typed, local(now, zone))), ""

    return [
        FieldSpec("by", "By", "", "login of who did it; empty: you"),
        FieldSpec("at", "When", "", f"now; {MOMENT_WORDS}", read=read_when),
    ]


def _command(item: int, kind: EvidenceKind, values: Values) -> AddEvidence:
    details = {n.removeprefix("d_"): v for n, v in values.items() if n.startswith("d_") and v}
    return AddEvidence(
        item,
        str(kind),
        str(values.get("ref", "")),
        values.get("at"),
        values.get("by") or None,
        str(values.get("status", "")),
        details,
        str(values.get("sha256", "")),
    )


async def _checked(evidence: AddEvidence, file: str) -> AddEvidence | Refusal:
    """The evidence with the hash of a file that it names, or what it lacks."""
    if file:
        path = Path(file).expanduser()
        try:
            digest = await run_aside(lambda: hash_file(path))
        except VsmError as error:
            return Refusal(RefusalCode.INVALID, error.message, error.remedy)
        evidence = replace(evidence, sha256=digest, ref=evidence.ref or path.name)
    return _lacks(evidence) or evidence


def _lacks(evidence: AddEvidence) -> Refusal | None:
    """What a piece of evidence needs and does not have, in the words of the form."""
    if evidence.kind == EvidenceKind.ATTESTATION:
        if not evidence.details:
            return Refusal(RefusalCode.INVALID, "no fact is stated", "type a value")
        if not all(evidence.details.values()):
            remedy = "state another value"
            return Refusal(RefusalCode.INVALID, "a stated fact cannot be taken back", remedy)
        return None
    needs = {
        "the evidence has no reference": (not evidence.ref, "say where it is"),
        "a review is of a pull request": (
            evidence.kind == EvidenceKind.REVIEW and not evidence.details.get("pr"),
            "say which one",
        ),
        "a document has no hash": (
            evidence.kind == EvidenceKind.DOCUMENT and not evidence.sha256,
            "name the file, or give its SHA-256",
        ),
    }
    for message, (is_lacking, remedy) in needs.items():
        if is_lacking:
            return Refusal(RefusalCode.INVALID, message, remedy)
    return None


async def _ask_facts(screen: ReportScreen, item: int, group: str) -> None:
    """Ask for the facts of a group; what is typed is stated, the others stay as they are."""
    current = await screen.host.reading.call(lambda reader: stated_facts(reader, item))
    paths = [path for path in ATTESTED if _group(path) == group]
    fields = [
        FieldSpec(f"f{n}", _label(path), current.get(path, ""), FACTS[path].text)
        for n, path in enumerate(paths)
    ]

    def command(values: Values) -> AddEvidence | Refusal:
        details = {path: values[f"f{n}"] for n, path in enumerate(paths) if f"f{n}" in values}
        names = [path.removeprefix("change.") for path in details]
        kind = str(EvidenceKind.ATTESTATION)
        evidence = AddEvidence(item, kind, attestation_ref(names), details=details)
        return _lacks(evidence) or evidence

    title = f"State facts: {group}" if group else "State facts"
    about = "Yes or no, numbers, texts; several with commas; moments with their zone."
    await ask(screen, title, fields, command, about, whole=False)


def _label(path: str) -> str:
    """``Lawful basis`` of ``change.data.lawful_basis``."""
    words = path.rpartition(".")[2].replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"
