"""Webhooks: signatures before anything else, hints on disk, and nothing taken from a payload."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.conftest import Program
from tests.sync.fake import Asked, FakeJira
from vsm.connect.sync.hints import put_hint, settle_hints, waiting_hints
from vsm.connect.sync.listener import BODY_MAX, Hook, make_listener
from vsm.connect.sync.run_folder import source_folder
from vsm.connect.sync.secret import Secret
from vsm.connect.sync.signatures import is_genuine

SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
DIGEST = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
KEY = b"k" * 24
WHSEC = f"whsec_{base64.b64encode(KEY).decode()}"
NOW = 1_796_000_000


def standard(body: bytes, stamp: int = NOW, key: bytes = KEY) -> dict[str, str]:
    signed = b"msg_1." + str(stamp).encode() + b"." + body
    value = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,AAAA v1,{value}",
    }


@pytest.mark.parametrize(
    ("secret", "headers", "is_right"),
    [
        (SECRET, {"x-hub-signature-256": f"sha256={DIGEST}"}, True),
        (SECRET, {"x-hub-signature": f"sha256={DIGEST}"}, True),
        (SECRET, {"x-hub-signature-256": f"sha1={DIGEST}"}, False),
        (SECRET, {"x-hub-signature-256": f"sha256={'0' * 64}"}, False),
        (SECRET, {"x-hub-signature-256": ""}, False),
        (SECRET, {"x-hub-signature-256": "sha256=ünï"}, False),
        ("other", {"x-hub-signature-256": f"sha256={DIGEST}"}, False),
        (WHSEC, standard(BODY), True),
        (WHSEC, standard(BODY, NOW - 299), True),
        (WHSEC, standard(BODY, NOW - 301), False),
        (WHSEC, standard(BODY, NOW + 301), False),
        (WHSEC, standard(b"other"), False),
        (WHSEC, standard(BODY, key=b"x" * 24), False),
        (WHSEC, {**standard(BODY), "webhook-timestamp": "soon"}, False),
        ("token-of-gitlab", {"x-gitlab-token": "token-of-gitlab"}, True),
        ("token-of-gitlab", {"x-gitlab-token": "token-of-gitlac"}, False),
        (WHSEC, {**standard(BODY, key=b"x" * 24), "x-gitlab-token": WHSEC}, False),
        (SECRET, {}, False),
    ],
)
def test_signatures(secret: str, headers: dict[str, str], is_right: bool) -> None:
    assert is_genuine(secret, headers, BODY, NOW) is is_right


class Listening:
    """A listener, and what it logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logged: list[str] = []
        hooks = {"github": Hook(Secret(SECRET), folder)}
        self.server = make_listener(hooks, 0, self.logged.append)

    def post(self, path: str, body: bytes, **headers: str) -> int:
        host, port = self.server.server_address[:2]
        connection = http.client.HTTPConnection(str(host), int(port), timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", path, body, named)
        status = connection.getresponse().status
        connection.close()
        return status


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Listening]:
    made = Listening(tmp_path)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_a_delivery_is_queued_once_and_nothing_of_it_is_kept(listening: Listening) -> None:
    signed = {"X_Hub_Signature_256": f"sha256={DIGEST}", "X_GitHub_Delivery": "72d3162e"}
    assert listening.post("/github", BODY, **signed) == 202
    assert listening.post("/github", BODY, **signed) == 202
    (hint,) = waiting_hints(listening.folder)
    assert (listening.folder / "hints" / hint).read_bytes() == b""
    assert [line[:3] for line in listening.logged] == ["202", "202"]
    settle_hints(listening.folder, [hint])
    assert listening.post("/github", BODY, **signed) == 202
    assert waiting_hints(listening.folder) == [], "it was read since"


def test_what_is_not_signed_or_too_large_is_refused(listening: Listening) -> None:
    assert listening.post("/github", BODY) == 401
    assert listening.post("/github", BODY, X_Hub_Signature_256="sha256=00") == 401
    assert listening.post("/other", BODY) == 404
    assert listening.post("/github", b"", Content_Length=str(BODY_MAX + 1)) == 413
    assert waiting_hints(listening.folder) == []


def test_a_hint_that_comes_while_a_run_goes_on_waits_for_the_next(tmp_path: Path) -> None:
    assert put_hint(tmp_path, "a")
    before = waiting_hints(tmp_path)
    assert put_hint(tmp_path, "b")
    settle_hints(tmp_path, before)
    assert waiting_hints(tmp_path) == ["b"]


def test_a_hint_makes_watch_read_at_once(vsm: Program, jira: FakeJira) -> None:
    vsm.add(jira)
    listed = threading.Semaphore(0)

    def note(asked: Asked) -> None:
        if asked.path.endswith("/search/jql"):
            listed.release()

    jira.faults.append(note)
    child = vsm.start("sync", "watch")
    try:
        assert listed.acquire(timeout=60), "what is due is read when it begins"
        put_hint(source_folder(vsm.db, "jira"), "a")
        assert listed.acquire(timeout=60), "a hint does not wait for a quarter of an hour"
    finally:
        child.send_signal(signal.SIGTERM)
        child.communicate()
