"""Reads public keys as people have them: ``.pub`` files, ``authorized_keys``, what PuTTY saves.

A small reader of our own, so that keys can be managed where asyncssh is not installed, and so
that nothing is accepted that is not understood to its last byte.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from vsm.model.errors import BadInput
from vsm.model.sanitise import inert_line

KEY_MOST = 32_768
"""Most bytes of what is to be one key."""
FILE_MOST = 1_048_576
"""Most bytes of a file of keys."""
RSA_LEAST, RSA_MOST = 3072, 16_384
"""Bits of an RSA key that is accepted."""
MAKE_ONE = "make a new key: ssh-keygen -t ed25519"

_CURVES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
"""Bytes of a point of each curve."""
_PRIVATE = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|PuTTY-User-Key-File|b3BlbnNzaC1rZXktdjE"
)
"""How private keys of OpenSSH, PEM and PuTTY give themselves away."""
_SSH2 = ("---- BEGIN SSH2 PUBLIC KEY ----", "---- END SSH2 PUBLIC KEY ----")
"""Around a key as PuTTYgen and RFC 4716 write it."""
_KIND = re.compile(r"(?:ssh|ecdsa|sk|rsa|x509v3)-[A-Za-z0-9@.+-]+")
_OPTION = re.compile(r'([A-Za-z0-9-]+)(?:="((?:[^"\\]|\\.)*)")?')


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: its kind, its base64, what stood behind it and before it.

    ``options`` are names and values as in ``authorized_keys``, in their order; an option without
    a value has ``None``.
    """

    kind: str
    base64: str
    comment: str = ""
    options: tuple[tuple[str, str | None], ...] = field(default=())

    @property
    def text(self) -> str:
        """Kind and base64, as they stand in a ``.pub`` file."""
        return f"{self.kind} {self.base64}"

    @property
    def fingerprint(self) -> str:
        """The fingerprint as OpenSSH writes it: ``SHA256:…``."""
        digest = hashlib.sha256(base64.b64decode(self.base64)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def decode(data: bytes, name: str, most: int) -> str:
    """The text of a file of keys. Raises :class:`BadInput` where it is too long or no text."""
    if len(data) > most:
        raise BadInput(
            f"{name} is longer than {most // 1024} KiB: that is no public key",
            "give the file that ends in .pub",
        )
    text = data.decode("utf-8-sig", errors="replace")
    if "\0" in text:
        raise BadInput(f"{name} is no text", "give the file that ends in .pub")
    return text


def read_one(text: str, name: str) -> PublicKey:
    """The one public key in a text. Raises :class:`BadInput` that says what is there instead."""
    keys = list(read_lines(text, name))
    if not keys:
        raise BadInput(f"{name} is empty", "give the file that ends in .pub")
    if len(keys) > 1:
        raise BadInput(
            f"{name} has {len(keys)} lines, and one key is added at a time",
            "for a whole file of keys: vsm serve key import FILE",
        )
    _, key = keys[0]
    if isinstance(key, BadInput):
        raise key
    return key


def read_lines(text: str, name: str) -> Iterator[tuple[int, PublicKey | BadInput]]:
    """Each key of a text with the number of its line, or why that line has none.

    Raises :class:`BadInput` where there is a private key anywhere in it.
    """
    if _PRIVATE.search(text):
        raise BadInput(
            f"{name} holds a PRIVATE key, which nobody but its owner may ever have:"
            " nothing was stored",
            "give the public one, in the file that ends in .pub; if others may have seen the"
            " private key, make a new pair: ssh-keygen -t ed25519",
        )
    for number, line in _lines(text):
        if line and not line.startswith("#"):
            try:
                yield number, _read_line(line, name)
            except BadInput as error:
                yield number, error


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines by their numbers, a key between the marks of RFC 4716 as one line."""
    between: list[str] | None = None
    begins = 0
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole.strip()
        if between is None and line != _SSH2[0]:
            yield number, line
        elif between is None:
            between, begins = [], number
        elif line == _SSH2[1]:
            yield begins, _from_ssh2("\n".join(between))
            between = None
        else:
            between.append(whole)
    if between is not None:
        yield begins, _SSH2[0]


def _from_ssh2(body: str) -> str:
    """A key as PuTTYgen and RFC 4716 write it, as one line."""
    comment = ""
    lines = []
    for line in body.replace("\\\n", "").split("\n"):
        head, colon, rest = line.partition(":")
        if not colon:
            lines.append(line.strip())
        elif head.strip().casefold() == "comment":
            comment = rest.strip().strip('"')
    blob = "".join(lines)
    try:
        kind = next(_strings(base64.b64decode(blob, validate=True))).decode("ascii")
    except (binascii.Error, ValueError, StopIteration):
        kind = "ssh-unknown"
    return f"{kind} {blob} {' '.join(comment.split())}"


def _read_line(line: str, name: str) -> PublicKey:
    options, rest = _split_options(line, name)
    kind, _, rest = rest.partition(" ")
    text, _, comment = rest.strip().partition(" ")
    if not _KIND.fullmatch(kind) or not text:
        raise BadInput(
            f"{name}: {_short(line)} is no public key",
            "one looks like: ssh-ed25519 AAAAC3Nza… anna@laptop",
        )
    _refuse_kind(kind, name)
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _cut(kind, name) from None
    _check(kind, blob, name)
    whole = base64.b64encode(blob).decode()
    return PublicKey(kind, whole, " ".join(inert_line(comment).split()), options)


def _split_options(line: str, name: str) -> tuple[tuple[tuple[str, str | None], ...], str]:
    """Options before a key, and the rest of the line."""
    options: list[tuple[str, str | None]] = []
    at = 0
    if _KIND.match(line):
        return (), line
    while match := _OPTION.match(line, at):
        value = match[2]
        unquoted = None if value is None else re.sub(r"\\(.)", r"\1", value)
        options.append((match[1].casefold(), unquoted))
        at = match.end()
        if line[at : at + 1] != ",":
            break
        at += 1
    rest = line[at:]
    if not options or not rest[:1].isspace() or not _KIND.match(rest.lstrip()):
        raise BadInput(
            f"{name}: {_short(line)} is no public key",
            "one looks like: ssh-ed25519 AAAAC3Nza… anna@laptop",
        )
    return tuple(options), rest.lstrip()


def _refuse_kind(kind: str, name: str) -> None:
    """Refuse kinds that are known and not accepted, saying why."""
    if "-cert-v0" in kind or kind.startswith("x509v3"):
        raise BadInput(
            f"{name} is a certificate, which is not accepted yet",
            "add the key itself: the .pub file without -cert in its name",
        )
    if kind == "ssh-dss":
        raise BadInput(f"{name} is a DSA key, which is broken", MAKE_ONE)
    if kind not in _CHECKS:
        raise BadInput(
            f"{name} is a key of a kind that is not accepted ({inert_line(kind)[:40]})",
            f"ed25519, ecdsa, rsa from {RSA_LEAST} bits and security keys (sk-) are; {MAKE_ONE}",
        )


# -- the bytes of a key ------------------------------------------------------------------


def _check(kind: str, blob: bytes, name: str) -> None:
    try:
        first, *parts = _strings(blob)
    except ValueError:
        raise _cut(kind, name) from None
    if first != kind.encode():
        raise BadInput(
            f"{name} says {kind}, but holds a key of another kind", "copy the whole line again"
        )
    if kind == "ssh-rsa" and len(parts) == 2:
        _check_rsa(int.from_bytes(parts[0]), int.from_bytes(parts[1]), name)
    elif not _CHECKS[kind](parts):
        raise _cut(kind, name)


def _check_rsa(exponent: int, modulus: int, name: str) -> None:
    bits = modulus.bit_length()
    if bits < RSA_LEAST:
        raise BadInput(
            f"{name} is an RSA key of {bits} bits, which is too short: it needs {RSA_LEAST}",
            MAKE_ONE,
        )
    if bits > RSA_MOST or exponent < 3 or exponent.bit_length() > 64 or not modulus & exponent & 1:
        raise BadInput(f"{name} is an RSA key that no program makes", MAKE_ONE)


def _is_ed25519(parts: list[bytes]) -> bool:
    return len(parts) == 1 and len(parts[0]) == 32


def _is_curve(curve: str) -> Callable[[list[bytes]], bool]:
    def check(parts: list[bytes]) -> bool:
        if len(parts) != 2 or parts[0] != curve.encode():
            return False
        return len(parts[1]) == _CURVES[curve] and parts[1][:1] == b"\x04"

    return check


def _has_application(check: Callable[[list[bytes]], bool]) -> Callable[[list[bytes]], bool]:
    """Keys of security keys name behind all else the application that they are for."""
    return lambda parts: bool(parts) and parts[-1][:4] == b"ssh:" and check(parts[:-1])


_CHECKS: dict[str, Callable[[list[bytes]], bool]] = {
    "ssh-ed25519": _is_ed25519,
    "ssh-rsa": lambda parts: False,  # two numbers are looked at by themselves
    **{f"ecdsa-sha2-{curve}": _is_curve(curve) for curve in _CURVES},
    "sk-ssh-ed25519@openssh.com": _has_application(_is_ed25519),
    "sk-ecdsa-sha2-nistp256@openssh.com": _has_application(_is_curve("nistp256")),
}


def _strings(blob: bytes) -> Iterator[bytes]:
    """The strings that a key consists of; raises ``ValueError`` where they end otherwise."""
    at = 0
    while at < len(blob):
        size = int.from_bytes(blob[at : at + 4])
        at += 4 + size
        if at > len(blob):
            raise ValueError("cut off")
        yield blob[at - size : at]


def _cut(kind: str, name: str) -> BadInput:
    return BadInput(
        f"{name}: the {kind} key is not whole",
        "copy the whole line again, from a file that ends in .pub",
    )


def _short(line: str) -> str:
    line = inert_line(line)
    return repr(line if len(line) <= 40 else f"{line[:39]}…")
