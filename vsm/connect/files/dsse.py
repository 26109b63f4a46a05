"""Opens DSSE envelopes around in-toto statements, and verifies their signatures with a public key.

Ed25519 and ECDSA on P-256 are read, as cosign and in-toto make them. Certificates and transparency
logs are not looked at: whoever records the evidence names the key that they trust.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from vsm.model.errors import BadInput, EnvironmentProblem

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_BUNDLED = "dsseEnvelope"
_SEE = "see: vsm comply record --help"
_KEYS = "give an Ed25519 or ECDSA P-256 public key as PEM"
_DIGITS = 16

Verify = Callable[[bytes, bytes], bool]
"""Whether a signature (first) is that of a message (second)."""


class PublicKey:
    """A public key; ``name`` is the beginning of the SHA-256 of its DER form."""

    def __init__(self, pem: bytes, source: str) -> None:
        try:
            from cryptography.hazmat.primitives import serialization
        except ImportError:
            raise EnvironmentProblem(
                "the library that verifies signatures is not installed",
                "pip install cryptography, or record it without --verify-key",
            ) from None
        import hashlib

        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, TypeError):
            raise BadInput(f"{source} holds no public key", _KEYS) from None
        self.verify = _verifier(key, source)
        der = key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.name = hashlib.sha256(der).hexdigest()[:_DIGITS]


def _verifier(key: Any, source: str) -> Verify:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.hashes import SHA256

    more: tuple[Any, ...]
    if isinstance(key, ed25519.Ed25519PublicKey):
        more = ()
    elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        more = (ec.ECDSA(SHA256()),)
    else:
        raise BadInput(f"{source} is a key of another kind", _KEYS)

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message, *more)
        except InvalidSignature:
            return False
        return True

    return verify


def is_envelope(record: Mapping[str, Any]) -> bool:
    """Whether an object is an envelope, or a bundle around one."""
    return _BUNDLED in record or "payloadType" in record


def open_envelope(record: Mapping[str, Any], where: str, key: PublicKey | None) -> tuple[Any, str]:
    """The statement inside, and what is known of its signature in words.

    Raises :class:`BadInput` where it is no envelope, or where no signature is that of the key.
    """
    envelope = record.get(_BUNDLED, record)
    if not isinstance(envelope, dict):
        raise BadInput(f"{where}: the envelope is no object", _SEE)
    if envelope.get("payloadType") != PAYLOAD_TYPE:
        kind = envelope.get("payloadType")
        raise BadInput(f"{where}: the envelope holds {kind!r:.60}", f"it has to be {PAYLOAD_TYPE}")
    payload = _bytes(envelope.get("payload"), f"{where}: the payload")
    try:
        statement = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadInput(f"{where}: the payload is no JSON", _SEE) from None
    if key is None:
        return statement, "signature not verified"
    _check(envelope.get("signatures"), payload, where, key)
    return statement, f"signature verified with key {key.name}"


def _check(signatures: Any, payload: bytes, where: str, key: PublicKey) -> None:
    if not isinstance(signatures, list) or not signatures:
        raise BadInput(
            f"{where}: it has no signature", "let the tool sign it; nothing was recorded"
        )
    kind = PAYLOAD_TYPE.encode()
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    for signature in signatures:
        text = signature.get("sig") if isinstance(signature, dict) else None
        if key.verify(_bytes(text, f"{where}: a signature"), message):
            return
    raise BadInput(
        f"{where}: no signature is that of key {key.name}",
        "ask who signed it for their public key; nothing was recorded",
    )


def _bytes(text: Any, what: str) -> bytes:
    """What a text in base64 stands for, in the alphabet of files or of addresses."""
    try:
        if not isinstance(text, str):
            raise binascii.Error
        plain = text.translate(str.maketrans("-_", "+/"))
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadInput(f"{what} is no base64", _SEE) from None
