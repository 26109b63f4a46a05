"""Checks the signatures of webhooks, in constant time, on the bytes as they came.

GitHub and Jira sign with ``X-Hub-Signature-256`` or ``X-Hub-Signature``, GitLab by Standard
Webhooks or, in older versions, with the plain token.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

STAMP_TOLERANCE = 300
"""Seconds by which the stamp of a signed delivery may differ from our clock."""
_PREFIX = "whsec_"


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether a delivery was signed with this secret; ``headers`` are in small letters.

    A signature that is wrong is not made good by a plain token beside it.
    """
    verdicts: list[bool] = []
    if "x-hub-signature-256" in headers:
        verdicts.append(_hub(secret, headers["x-hub-signature-256"], body))
    elif "x-hub-signature" in headers:
        verdicts.append(_hub(secret, headers["x-hub-signature"], body))
    if "webhook-signature" in headers:
        verdicts.append(_standard(secret, headers, body, now))
    elif "x-gitlab-token" in headers:
        verdicts.append(_same(secret, headers["x-gitlab-token"]))
    return bool(verdicts) and all(verdicts)


def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
    """What a delivery is called by its sender; the hash of its body where it has no name."""
    names = ("x-github-delivery", "webhook-id", "idempotency-key", "x-gitlab-event-uuid")
    named = next((headers[name] for name in names if headers.get(name)), "")
    named = named or headers.get("x-atlassian-webhook-identifier", "")
    return hashlib.sha256(named.encode() or body).hexdigest()


def _hub(secret: str, signature: str, body: bytes) -> bool:
    """``sha256=`` and the HMAC of the body; SHA-1, which older versions use, is not taken."""
    algorithm, _, digest = signature.partition("=")
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return _same(expected, digest.strip()) and algorithm.strip() == "sha256"


def _standard(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """``v1,`` and the HMAC of ``id.timestamp.body``; several signatures may stand there."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(now - int(stamp)) > STAMP_TOLERANCE:
        return False
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    signatures = [part.partition(",") for part in headers["webhook-signature"].split()]
    # All are compared, so that the time says nothing of which one was right.
    matches = [_same(expected, value) and version == "v1" for version, _, value in signatures]
    return any(matches)


def _same(expected: str, value: str) -> bool:
    return hmac.compare_digest(expected.encode(), value.encode("utf-8", "replace"))
