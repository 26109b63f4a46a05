"""Reading public keys: what is accepted, and what each refusal says."""

from __future__ import annotations

import base64
import subprocess
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.serve.support import CURVES, ecdsa, ed25519, line, make_pair, rsa
from vsm.model.errors import BadInput
from vsm.serve.key_options import read_networks, read_options
from vsm.serve.public_keys import KEY_MOST, decode, read_lines, read_one

SK = (b"ssh:",)


@pytest.mark.parametrize(
    "text",
    [
        ed25519(1),
        rsa(3072),
        rsa(4096),
        *(ecdsa(curve) for curve in CURVES),
        ecdsa("nistp256", SK, "sk-"),
        line("sk-ssh-ed25519@openssh.com", bytes(32), *SK),
    ],
    ids=lambda text: text.split()[0],
)
def test_keys_of_these_kinds_are_accepted(text: str) -> None:
    key = read_one(f"# mine\n\n{text}\n", "it")
    assert key.text == " ".join(text.split()[:2])
    assert key.comment == "anna@laptop"


REFUSED = {
    "ssh-dss AAAAB3NzaC1kc3M= old": "is a DSA key, which is broken",
    rsa(2048): "is an RSA key of 2048 bits, which is too short: it needs 3072",
    rsa(3071): "is an RSA key of 3071 bits",
    rsa(3072, exponent=1): "is an RSA key that no program makes",
    rsa(3072, exponent=4): "is an RSA key that no program makes",
    line("ssh-ed25519-cert-v01@openssh.com", bytes(32)): "is a certificate, which is not accepted",
    line("ssh-ed448", bytes(57)): "of a kind that is not accepted (ssh-ed448)",
    line("ssh-ed25519", bytes(31)): "the ssh-ed25519 key is not whole",
    line("ssh-ed25519", bytes(32), b"more"): "the ssh-ed25519 key is not whole",
    ed25519(1)[:60]: "the ssh-ed25519 key is not whole",
    ed25519(1).replace("ssh-ed25519 ", "ssh-rsa "): "says ssh-rsa, but holds a key of another kind",
    line("ecdsa-sha2-nistp256", b"nistp384", b"\x04" + bytes(96)): "key is not whole",
    line("sk-ssh-ed25519@openssh.com", bytes(32), b"web:x"): "key is not whole",
    "hello": "'hello' is no public key",
    "ssh-ed25519": "is no public key",
    "ssh-ed25519 \x1b]52;c;aGk=\x07": "is not whole",
    'from="10.0.0.0/8': "is no public key",
    "": "is empty",
    "# nothing\n": "is empty",
    f"{ed25519(1)}\n{ed25519(2)}": "has 2 lines, and one key is added at a time",
    "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA": "is no public key",
}


@pytest.mark.parametrize("text", REFUSED)
def test_others_are_refused_and_the_refusal_says_why(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_one(text, "it")
    assert REFUSED[text] in refused.value.message
    assert refused.value.remedy
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("options", ["-t ed25519", "-t rsa -b 3072 -m PEM"])
def test_a_private_key_is_refused_aloud(tmp_path: Path, options: str) -> None:
    private = make_pair(tmp_path, "anna", *options.split()).read_text()
    body = "\n".join(private.splitlines()[1:-1])
    for text in (private, f"{ed25519(1)}\n{private}", "PuTTY-User-Key-File-3: ssh-ed25519"):
        with pytest.raises(BadInput, match=r"holds a PRIVATE key.* nothing was stored") as refused:
            list(read_lines(text, "it"))
        assert body[:20] not in str(refused.value)


def test_fingerprints_are_those_of_openssh(tmp_path: Path) -> None:
    file = make_pair(tmp_path, "anna").with_suffix(".pub")
    run = subprocess.run(["ssh-keygen", "-lf", file], capture_output=True, text=True, check=True)
    assert read_one(file.read_text(), "it").fingerprint == run.stdout.split()[1]


def test_the_form_of_puttygen_is_read() -> None:
    kind, blob, _ = ed25519(7).split()
    folded = f"{blob[:40]}\n{blob[40:]}"
    text = (
        '---- BEGIN SSH2 PUBLIC KEY ----\r\nComment: "anna\\\r\n laptop"\r\n'
        f"{folded}\r\n---- END SSH2 PUBLIC KEY ----\r\n"
    )
    key = read_one(text, "it")
    assert (key.kind, key.base64) == (kind, blob)
    assert key.comment == "anna laptop"


def test_options_before_a_key_are_read() -> None:
    key = read_one(f'from="10.0.0.0/8",no-pty,command="say \\"a, b\\"" {ed25519(1)}', "it")
    assert key.options == (("from", "10.0.0.0/8"), ("no-pty", None), ("command", 'say "a, b"'))


def test_options_that_narrow_are_honoured_and_unknown_ones_refused() -> None:
    limits = read_options(
        [("from", "10.0.0.0/8,192.168.1.7"), ("expiry-time", "20270101"), ("restrict", None)]
    )
    assert limits.sources == ("10.0.0.0/8", "192.168.1.7/32")
    assert limits.until == date(2026, 12, 31), "at the beginning of the day that is named"
    assert limits.ignored == ("restrict",)
    for option in (("command", "ls"), ("verify-required", None), ("cert-authority", None)):
        with pytest.raises(BadInput, match=f"the option {option[0]} cannot be honoured"):
            read_options([option])
    for value in ("20271301", "soon", "2027010", "00010101"):
        with pytest.raises(BadInput, match="is no moment"):
            read_options([("expiry-time", value)])


@pytest.mark.parametrize("text", ["10.1.*", "host.example", "!10.0.0.1", "", "10.0.0.0/99"])
def test_a_source_is_a_network(text: str) -> None:
    with pytest.raises(BadInput, match="is no network"):
        read_networks([text], "--from")


def test_a_network_with_a_slip_in_it_is_corrected_in_words() -> None:
    with pytest.raises(BadInput) as refused:
        read_networks(["10.1.2.3/8"], "--from")
    assert refused.value.remedy == "did you mean 10.0.0.0/8?"


def test_too_much_and_what_is_no_text_is_refused() -> None:
    with pytest.raises(BadInput, match="longer than 32 KiB"):
        decode(b"x" * (KEY_MOST + 1), "it", KEY_MOST)
    with pytest.raises(BadInput, match="is no text"):
        decode(b"ssh-ed25519\0", "it", KEY_MOST)
    assert decode(b"\xef\xbb\xbf\xff", "it", KEY_MOST) == "�"


@given(st.text() | st.binary().map(lambda b: b.decode("latin-1")))
def test_nonsense_is_refused_and_nothing_else_happens(text: str) -> None:
    try:
        keys = list(read_lines(text, "it"))
    except BadInput:
        return
    assert all(isinstance(key, BadInput) for _, key in keys)


@given(st.binary())
def test_a_key_of_any_bytes_is_read_whole_or_refused(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    for kind in ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com"):
        ((_, key),) = read_lines(f"{kind} {text or '='}", "it")
        assert isinstance(key, BadInput)
