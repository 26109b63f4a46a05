"""``vsm comply record|attest|evidence``: what pipelines and people put on record."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

SUBJECTS = (
    '{"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://x/v1", "subject": %s}'
)
BUILD = ("comply", "record", "--item", "PAY-1", "--kind", "build", "--status", "pass")


def test_a_pipeline_may_record_the_same_again(team: Vsm) -> None:
    assert team.ok(*BUILD, "--ref", "ci/7", "--set", "sha=a1").startswith("recorded")
    before = team.json("log")
    again = team.ok(*BUILD, "--ref", "ci/7", "--set", "sha=a1")
    assert again == "PAY-1: on record already: nothing was changed\n"
    assert team.json(*BUILD, "--ref", "ci/7", "--set", "sha=a1")["group"] is None
    assert team.json("log") == before
    (build,) = team.json("comply", "evidence", "PAY-1")
    assert (build["kind"], build["status"], build["details"]) == ("build", "pass", {"sha": "a1"})
    assert "ci/7" in team.ok("comply", "evidence", "PAY-1")
    team.ok("undo")
    assert team.json("comply", "evidence", "PAY-1") == []


@pytest.mark.parametrize("kind", ["pull_request", "pull-request", "pull"])
def test_a_kind_may_be_written_as_in_json_or_with_a_hyphen(team: Vsm, kind: str) -> None:
    team.ok("comply", "record", "--item", "PAY-1", "--kind", kind, "--ref", "31")
    (kept,) = team.json("comply", "evidence", "PAY-1")
    assert kept["kind"] == "pull_request"


def test_several_come_from_standard_input(team: Vsm) -> None:
    lines = [
        {"kind": "commit", "ref": "a1", "by": "ben", "at": "2026-03-02T10:00Z", "set": {"pr": "7"}},
        {"item": "PAY-2", "kind": "build", "ref": "ci/1", "status": "pass"},
    ]
    text = "\n".join(map(json.dumps, lines))
    team.ok("comply", "record", "--from", "-", "--item", "PAY-1", input=text)
    (commit,) = team.json("comply", "evidence", "PAY-1")
    assert (commit["by"], commit["at"]) == ("ben", "2026-03-02T10:00:00Z")
    assert len(team.json("comply", "evidence", "PAY-2")) == 1
    array = json.dumps(lines)
    said = team.ok("comply", "record", "--from", "-", "--item", "PAY-1", input=array)
    assert said == "PAY-1, PAY-2: on record already: nothing was changed\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("kind", "build"), ("ref", "x"), ("status", "pass"), ("by", "ben")),
        *(("at", "2026-03-02T10:00Z"), ("set", "sha=1"), ("sha256", "ab" * 32)),
    ],
)
def test_an_option_beside_a_file_is_refused(team: Vsm, option: str, value: str) -> None:
    record = json.dumps({"item": "PAY-1", "kind": "document", "ref": "plan"})
    args = ("comply", "record", "--from", "-", f"--{option}", value)
    assert f"--{option} says nothing beside --from" in team.fails(2, *args, input=record)
    assert team.json("comply", "evidence", "PAY-1") == []


def test_an_in_toto_statement_is_kept_unverified(team: Vsm, tmp_path: Path) -> None:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "pay.whl", "digest": {"sha256": "ab" * 32}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {},
    }
    file = tmp_path / "provenance.json"
    file.write_text(json.dumps(statement))
    team.ok("comply", "record", "--from", str(file), "--item", "PAY-1")
    (kept,) = team.json("comply", "evidence", "PAY-1")
    assert kept["ref"] == "https://slsa.dev/provenance/v1 pay.whl"
    assert kept["sha256"] == "ab" * 32
    assert kept["origin"] == "in-toto statement, not signed"


STATEMENT: dict[str, Any] = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "pay.whl", "digest": {"sha256": "ab" * 32}}],
    "predicateType": "https://slsa.dev/provenance/v1",
}


def envelope(key: Any, statement: Any = STATEMENT) -> dict[str, Any]:
    """A statement in an envelope, signed by a second implementation of DSSE."""
    made = Envelope(json.dumps(statement).encode(), "application/vnd.in-toto+json", {})
    made.sign(CryptoSigner(key))
    return dict(made.to_dict())


def public(key: Any, file: Path) -> str:
    """The file of the public key of a private one."""
    pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    file.write_bytes(key.public_key().public_bytes(*pem))
    return str(file)


KEYS = (ed25519.Ed25519PrivateKey.generate, lambda: ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize("make", KEYS, ids=("ed25519", "ecdsa"))
def test_a_signature_is_verified_with_a_key(team: Vsm, tmp_path: Path, make: Any) -> None:
    key, file = make(), tmp_path / "signed.json"
    file.write_text(json.dumps({"dsseEnvelope": envelope(key)}))
    record = ("comply", "record", "--from", str(file), "--item", "PAY-1")
    team.ok(*record)
    other = public(make(), tmp_path / "other.pub")
    assert "no signature is that of key" in team.fails(2, *record, "--verify-key", other)
    changed = {**STATEMENT, "predicateType": "https://slsa.dev/verification_summary/v1"}
    forged = {**envelope(key), "payload": envelope(key, changed)["payload"]}
    own = public(key, tmp_path / "ci.pub")
    file.write_text(json.dumps(forged))
    assert "no signature is that of key" in team.fails(2, *record, "--verify-key", own)
    (before,) = team.json("comply", "evidence", "PAY-1")
    assert before["origin"] == "in-toto statement, signature not verified"
    file.write_text(json.dumps(envelope(key)))
    team.ok(*record, "--verify-key", own)
    _, kept = team.json("comply", "evidence", "PAY-1")
    assert kept["origin"].startswith("in-toto statement, signature verified with key ")
    assert kept["sha256"] == "ab" * 32


def test_a_key_that_cannot_verify_is_refused(team: Vsm, tmp_path: Path) -> None:
    plain, rsa_key = tmp_path / "plain.json", rsa.generate_private_key(65537, 2048)
    plain.write_text(json.dumps(STATEMENT))
    record = ("comply", "record", "--from", str(plain), "--item", "PAY-1", "--verify-key")
    own = public(ed25519.Ed25519PrivateKey.generate(), tmp_path / "ci.pub")
    assert "this is not signed" in team.fails(2, *record, own)
    assert "holds no public key" in team.fails(2, *record, str(plain))
    assert "of another kind" in team.fails(2, *record, public(rsa_key, tmp_path / "rsa.pub"))
    assert "--from FILE" in team.fails(2, *BUILD, "--ref", "x", "--verify-key", own)
    assert team.json("comply", "evidence", "PAY-1") == []


def test_a_digest_of_another_kind_is_part_of_the_reference(team: Vsm) -> None:
    commit = {"name": "git+https://x/pay", "digest": {"gitCommit": "4be1"}}
    statement = {**STATEMENT, "subject": [*STATEMENT["subject"], commit]}
    text = json.dumps(envelope(ed25519.Ed25519PrivateKey.generate(), statement))
    team.ok("comply", "record", "--from", "-", "--item", "PAY-1", input=text)
    file, commit = team.json("comply", "evidence", "PAY-1")
    assert (file["sha256"], file["origin"]) == (
        "ab" * 32,
        "in-toto statement, signature not verified",
    )
    assert commit["sha256"] is None
    assert commit["ref"] == "https://slsa.dev/provenance/v1 git+https://x/pay gitCommit:4be1"


def test_of_a_file_the_hash_is_kept(team: Vsm, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"all tests passed")
    team.ok("comply", "attest", "PAY-1", "--file", str(file))
    (kept,) = team.json("comply", "evidence", "PAY-1")
    assert (kept["kind"], kept["ref"]) == ("document", "report.pdf")
    assert kept["sha256"] == hashlib.sha256(b"all tests passed").hexdigest()


def test_statements_of_other_facts_stand_beside_each_other(team: Vsm) -> None:
    team.ok("comply", "attest", "PAY-1", "--set", "data.personal=yes")
    team.ok("comply", "attest", "PAY-1", "--set", "data.purpose=billing")
    details = [one["details"] for one in team.json("comply", "evidence", "PAY-1")]
    assert details == [{"data.personal": True}, {"data.purpose": "billing"}]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("record", "--item", "PAY-1"), 2, "evidence needs --item, --kind and --ref"),
        (("record", "--item", "PAY-99", "--kind", "build", "--ref", "x"), 2, "PAY-99"),
        (("record", "--item", "PAY-1", "--kind", "biuld", "--ref", "x"), 2, "biuld"),
        ((*BUILD[1:], "--ref", "x", "--set", "env"), 2, "has no value"),
        ((*BUILD[1:], "--ref", "x", "--set", "shaa=1"), 2, "did you mean sha?"),
        ((*BUILD[1:], "--ref", "x", "--sha256", "12"), 2, "64 hexadecimal digits"),
        ((*BUILD[1:], "--ref", "x", "--at", "2999-01-01T00:00Z"), 2, "of the future"),
        ((*BUILD[1:-1], "green", "--ref", "x"), 2, "no status of a build"),
        (("record", "--from", "no.json"), 3, "no.json cannot be read"),
        (("attest", "PAY-1"), 2, "nothing is stated"),
        (("attest", "PAY-1", "--file", "no.pdf"), 3, "no.pdf cannot be read"),
        (("attest", "PAY-1", "--file", "/dev/zero"), 2, "is no file"),
        (("attest", "PAY-1", "--set", "data.persnal=yes"), 2, "did you mean data.personal?"),
        (("attest", "PAY-1", "--set", "data.retention_days=nan"), 2, "'nan' is no number"),
        (("attest", "PAY-1", "--set", "data.retention_days=inf"), 2, "give a number of 0 or more"),
        (("attest", "PAY-1", "--set", "data.retention_days=-5"), 2, "'-5' is no number"),
    ],
)
def test_what_cannot_be_recorded_says_so(
    team: Vsm, args: tuple[str, ...], code: int, said: str
) -> None:
    assert said in team.fails(code, "comply", *args)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no evidence"),
        ("{", "line 1: this is no JSON"),
        ("[" * 100_000, "line 1: this is no JSON"),
        ("[7]", "record 1: this is no object"),
        ('{"kind": "build", "ref": "x", "colour": 1}', "there is no 'colour'"),
        ('{"kind": 7}', "kind is no text"),
        ('{"kind": "build", "ref": "x"}', "it names no item"),
        ('{"_type": "https://in-toto.io/Statement/v1", "subject": [7]}', "no predicateType"),
        (SUBJECTS % "[7]", "a subject has no digest"),
        (SUBJECTS % '[{"digest": {"sha1": 7}}]', "a subject has no digest"),
        ('{"dsseEnvelope": 7}', "the envelope is no object"),
        ('{"payloadType": "text/plain"}', "the envelope holds 'text/plain'"),
        ('{"payloadType": "application/vnd.in-toto+json"}', "the payload is no base64"),
        ('{"payloadType": "application/vnd.in-toto+json", "payload": "e"}', "no base64"),
        ('{"payloadType": "application/vnd.in-toto+json", "payload": "e30"}', "no in-toto"),
    ],
)
def test_hostile_json_is_refused(team: Vsm, text: str, said: str) -> None:
    assert said in team.fails(2, "comply", "record", "--from", "-", input=text)


@pytest.mark.parametrize(
    ("fact", "value", "said"),
    [
        ("data.purpose", None, "change.data.purpose: None is no text"),
        ("data.purpose", True, "True is no text"),
        ("data.purpose", ["billing"], "is no text; leave it out if it is unknown"),
        ("data.categories", 5, "5 is no list of texts"),
        ("data.categories", None, "None is no list of texts"),
        ("data.categories", [5], "[5] is no list of texts"),
        ("data.categories", {"a": 1}, "is no list of texts"),
        ("dpia.criteria", [None], "is no list of texts"),
        ("data.retention_days", True, "True is no number"),
        ("data.retention_days", None, "None is no number"),
        ("data.retention_days", 10**400, "is no number"),
        ("data.retention_days", float("nan"), "nan is no number"),
        ("data.retention_days", -5, "-5 is no number"),
        ("data.personal", None, "None is neither yes nor no"),
    ],
)
def test_what_is_not_of_the_type_of_its_fact_is_refused(
    team: Vsm, fact: str, value: object, said: str
) -> None:
    record = {"item": "PAY-1", "kind": "attestation", "ref": "r", "set": {fact: value}}
    assert said in team.fails(2, "comply", "record", "--from", "-", input=json.dumps(record))
    assert team.json("comply", "evidence", "PAY-1") == []


def test_texts_lists_and_numbers_are_read_from_json(team: Vsm) -> None:
    facts = {"data.purpose": "billing", "data.categories": ["name", "address"]}
    facts |= {"data.retention_days": 30, "data.personal": True}
    record = {"item": "PAY-1", "kind": "attestation", "ref": "r", "set": facts}
    team.ok("comply", "record", "--from", "-", input=json.dumps(record))
    commit = {"item": "PAY-1", "kind": "commit", "ref": "a1", "by": "anna", "set": {"pr": 31}}
    team.ok("comply", "record", "--from", "-", input=json.dumps(commit))
    details = [one["details"] for one in team.json("comply", "evidence", "PAY-1")]
    assert details == [facts, {"pr": "31"}]


def test_an_archived_item_takes_no_evidence(team: Vsm) -> None:
    team.ok("item", "archive", "PAY-1")
    assert "archived" in team.fails(1, *BUILD, "--ref", "x")
