"""``vsm comply record|attest|evidence``: what is on record about an item."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Verb, complete_file
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.names import OneOf
from vsm.cli.options import complete_key, json_option
from vsm.cli.output import emit, say, show
from vsm.cli.report_change import change_shapes
from vsm.cli.times import past_moment
from vsm.connect.files.dsse import PublicKey
from vsm.connect.files.evidence_json import TEXT_MAX, EvidenceInput, read_evidence
from vsm.file_hash import hash_file
from vsm.model.command import AddEvidence
from vsm.model.control.evidence import Evidence, EvidenceKind, attestation_ref
from vsm.model.errors import BadInput, EnvironmentProblem, Refusal, RefusalCode
from vsm.model.rules import from_micros, iso
from vsm.model.sanitise import inert_line

if TYPE_CHECKING:
    pass

_AGAIN = "on record already: nothing was changed"


set_option = click.option(
    "--set",
    "details",
    metavar="NAME=VALUE",
    multiple=True,
    help="A detail of its kind (env=production), or a fact (data.personal=yes); may be repeated.",
)
by_option = click.option("--by", metavar="LOGIN", help="Who did it [default: you].")
at_option = click.option(
    "--at", metavar="WHEN", help="When it happened: ISO, or 'yesterday 16:00' [default: now]."
)
ref_option = click.option(
    "--ref", metavar="TEXT", help="Where it is: an address, a number, a name."
)


@click.command(
    cls=Verb,
    examples="""
vsm comply record --item PAY-7 --kind build --status pass --ref https://ci/8812 --set sha=4be1
vsm comply record --item PAY-7 --kind commit --ref 4be1 --by anna --set pr=31
vsm comply record --item PAY-7 --kind deployment --status success --ref d/9 --set env=production
vsm comply record --item PAY-7 --kind approval --ref CAB-12 --set role=cab
vsm comply record --from evidence.json
vsm comply record --from - --item PAY-7 < provenance.json
vsm comply record --from signed.json --item PAY-7 --verify-key ci.pub
""",
)
@click.option("--item", "key", metavar="KEY", shell_complete=complete_key, help="The work item.")
@click.option("--kind", metavar="KIND", type=OneOf(EvidenceKind), help="What it is.")
@click.option("--status", metavar="WORD", default="", help="How it ended: pass, fail, approved …")
@ref_option
@by_option
@at_option
@set_option
@click.option("--sha256", metavar="HASH", default="", help="Hash of a file that is kept elsewhere.")
@click.option(
    "--from",
    "source",
    metavar="FILE",
    shell_complete=complete_file,
    help="Several at once as JSON (- is standard input), each with item, kind, ref, status, by,"
    " at, sha256, set; or in-toto statements, plain or in DSSE envelopes.",
)
@click.option(
    "--verify-key",
    "key_file",
    metavar="FILE",
    shell_complete=complete_file,
    help="Public key (PEM) that the envelopes of --from have to be signed with.",
)
@json_option
@pass_context
def record(
    work: CliContext,
    key: str | None,
    kind: EvidenceKind | None,
    status: str,
    ref: str | None,
    by: str | None,
    at: str | None,
    details: tuple[str, ...],
    sha256: str,
    source: str | None,
    key_file: str | None,
    as_json: bool,
) -> None:
    """Record evidence about an item, from a pipeline.

    Kinds: approval, review, commit, pull_request, build, scan, deployment, document, attestation.
    Recording the same again changes nothing; the same kind and reference with other values
    replaces what was there, of approvals and reviews what the same person said. What others did,
    and what replaces records of others, takes a role that may change many items at once. Of an
    in-toto statement the origin says whether its signature was verified: only with --verify-key,
    which takes Ed25519 and ECDSA P-256.
    """
    if key_file is not None and source is None:
        raise BadInput("--verify-key verifies what --from holds", "name the file: --from FILE")
    if source is not None:
        beside: dict[str, object] = {"kind": kind, "ref": ref, "status": status, "by": by}
        beside |= {"at": at, "set": details, "sha256": sha256}
        _refuse_beside_file(beside)
        public = None if key_file is None else PublicKey(read_text(key_file).encode(), key_file)
        pieces = read_evidence(read_text(source), source, key, public)
    else:
        if key is None or kind is None or ref is None:
            raise BadInput(
                "evidence needs --item, --kind and --ref", "or several as JSON: --from FILE"
            )
        pieces = [EvidenceInput(key, str(kind), ref, status, by, at, sha256, _pairs(details))]
    _do(work, pieces, as_json)


@click.command(
    cls=Verb,
    examples="""
vsm comply attest PAY-7 --set data.personal=yes --set data.categories=name,address
vsm comply attest PAY-7 --set dpia.criteria=evaluation,vulnerable
vsm comply attest PAY-7 --file test-report.pdf --ref 'shared drive/PAY-7/test-report.pdf'
vsm comply attest OPS-3 --set incident.aware_at=2026-03-27T18:00+01:00
""",
)
@click.argument("key", metavar="ITEM", shell_complete=complete_key)
@click.option(
    "--kind",
    metavar="KIND",
    type=OneOf(EvidenceKind),
    help="What it is [default: document for a file, attestation for facts].",
)
@click.option(
    "--file", "path", metavar="FILE", shell_complete=complete_file, help="File to take the hash of."
)
@click.option("--status", metavar="WORD", default="", help="How it ended: pass, fail, approved …")
@ref_option
@by_option
@at_option
@set_option
@json_option
@pass_context
def attest(
    work: CliContext,
    key: str,
    kind: EvidenceKind | None,
    path: str | None,
    status: str,
    ref: str | None,
    by: str | None,
    at: str | None,
    details: tuple[str, ...],
    as_json: bool,
) -> None:
    """State facts about an item, or a file's hash.

    The file is not stored: its SHA-256 is, and the reference says where it is (its name where
    there is no --ref). What is stated later counts. Facts begin with data., dpia., incident. or
    request.; risk is another. Deadlines follow from facts and cannot be stated.
    """
    if path is None and not details:
        raise BadInput("nothing is stated", "give --file FILE or --set NAME=VALUE")
    pairs = _pairs(details)
    sha256 = "" if path is None else hash_file(Path(path))
    if kind is None:
        kind = EvidenceKind.ATTESTATION if pairs else EvidenceKind.DOCUMENT
    if ref is None:
        ref = Path(path).name if path is not None else attestation_ref(pairs)
    piece = EvidenceInput(key, str(kind), ref, status, by, at, sha256, pairs)
    _do(work, [piece], as_json)


@click.command(
    cls=Verb,
    examples="""
vsm comply evidence PAY-7
vsm comply evidence PAY-7 --json | jq -r '.[] | select(.kind=="build") | .ref'
""",
)
@click.argument("key", metavar="ITEM", shell_complete=complete_key)
@json_option
@pass_context
def list_evidence(work: CliContext, key: str, as_json: bool) -> None:
    """List the evidence about an item.

    The earliest first, by when it happened. A later record of the same kind and reference (of
    approvals and reviews: and person) replaces an earlier one, which stays in the list.
    """
    from vsm.features.compliance.evidence import read_evidence

    item = work.item(key)
    rows = read_evidence(work.reader, item.id)
    if as_json:
        emit([_shape(one) for one in rows])
        return
    if not rows:
        say(f"No evidence about {item.key} is on record; see vsm comply record --help")
        return
    from vsm.report.text_table import Col, table

    columns = (
        *(Col("NO.", right=True), Col("KIND"), Col("WHEN (UTC)"), Col("BY"), Col("STATUS")),
        *(Col("REFERENCE", flexible=True), Col("DETAILS", flexible=True), Col("SHA-256")),
    )
    show(table(columns, [_row(one) for one in rows], terminal_width()))


def _row(one: Evidence) -> list[str]:
    from vsm.features.compliance.evidence import details_text

    when = f"{from_micros(one.at):%Y-%m-%d %H:%M}"
    texts = (one.by, one.status, one.ref, details_text(one), one.sha256[:12])
    return [str(one.id), str(one.kind), when, *map(inert_line, texts)]


def _shape(one: Evidence) -> dict[str, Any]:
    return {
        "number": one.id,
        "kind": str(one.kind),
        "ref": one.ref,
        "at": iso(one.at),
        "by": one.by or None,
        "status": one.status or None,
        "details": {name.removeprefix("change."): value for name, value in one.details.items()},
        "sha256": one.sha256 or None,
        "origin": one.origin or None,
        "recorded_at": iso(one.recorded_at),
        "recorded_by": one.recorded_by,
    }


# -- reading ---------------------------------------------------------------------------------


def _refuse_beside_file(options: Mapping[str, object]) -> None:
    """Records of a file have values of their own: raises :class:`BadInput` where one is here."""
    name = next((name for name, value in options.items() if value), None)
    if name is not None:
        raise BadInput(
            f"--{name} says nothing beside --from: each record has its own",
            f"leave it away, and write {name} into the records",
        )


def _pairs(details: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in details:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise BadInput(f"--set {text!r:.80} has no value", "such as: --set env=production")
        if name.strip() in pairs:
            raise BadInput(f"--set {name.strip():.60} is given twice", "give it once")
        pairs[name.strip()] = value.strip()
    return pairs


def read_text(source: str) -> str:
    """The text of a file, or of standard input (``-``); raises what names the file."""
    from vsm.database_files import refuse_database

    if source == "-":
        raw = sys.stdin.buffer.read(TEXT_MAX * 4 + 1)
    else:
        refuse_database(Path(source))
        try:
            with open(source, "rb") as file:
                raw = file.read(TEXT_MAX * 4 + 1)
        except OSError as error:
            raise EnvironmentProblem(
                f"{source} cannot be read: {error.strerror or error}", "name a file"
            ) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{source} is not UTF-8", "convert it, or name another file") from None


def _do(work: CliContext, pieces: Sequence[EvidenceInput], as_json: bool) -> None:
    """Record it all, or nothing; what is there already is left as it is."""
    done = work.session().do(*(evidence_command(work, one) for one in pieces))
    if isinstance(done, Refusal) and done.code is RefusalCode.UNCHANGED:
        keys = ", ".join(dict.fromkeys(one.item for one in pieces))
        if as_json:
            emit({"group": None, "label": _AGAIN, "changes": []})
        else:
            say(f"{keys:.200}: {_AGAIN}")
        return
    group = work.accept(done)
    if as_json:
        changes = change_shapes(work, group.changes)
        emit({"group": group.grp, "label": group.label, "changes": changes})
    else:
        say(group.label)


def evidence_command(work: CliContext, piece: EvidenceInput) -> AddEvidence:
    """The command that puts a piece on record."""
    item = work.item(piece.item)
    stream = work.reader.stream(item.stream)
    zone = stream.zone if stream is not None else "UTC"
    return AddEvidence(
        item.id,
        piece.kind,
        piece.ref,
        None if piece.at is None else past_moment(piece.at, zone, "--at", work.now),
        piece.by,
        piece.status,
        piece.details,
        piece.sha256,
        piece.origin,
    )
