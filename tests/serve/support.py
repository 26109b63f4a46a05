"""Public keys for tests, made up byte by byte, and real ones from ssh-keygen."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest

CURVES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}


def blob(*parts: bytes) -> bytes:
    """Strings as a key holds them, each with its length before it."""
    return b"".join(len(part).to_bytes(4) + part for part in parts)


def line(kind: str, *parts: bytes, comment: str = "anna@laptop") -> str:
    """The line of a ``.pub`` file."""
    return f"{kind} {base64.b64encode(blob(kind.encode(), *parts)).decode()} {comment}"


def ed25519(number: int, comment: str = "anna@laptop") -> str:
    """A key of the usual kind, another one for each number."""
    return line("ssh-ed25519", number.to_bytes(32), comment=comment)


def rsa(bits: int, exponent: int = 65537) -> str:
    """An RSA key with a modulus of so many bits."""
    modulus = ((1 << (bits - 1)) | 1).to_bytes(bits // 8 + 1)
    return line("ssh-rsa", exponent.to_bytes(3), modulus)


def ecdsa(curve: str, application: tuple[bytes, ...] = (), prefix: str = "") -> str:
    """A key on a curve; with an application it is one of a security key."""
    point = b"\x04" + bytes(CURVES[curve] - 1)
    end = "@openssh.com" if prefix else ""
    return line(f"{prefix}ecdsa-sha2-{curve}{end}", curve.encode(), point, *application)


def make_pair(folder: Path, name: str, *options: str) -> Path:
    """A real pair of keys; returns the file of the private one, beside which is the public one."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed (openssh-client)")
    file = folder / name
    words = ["ssh-keygen", "-q", *(options or ("-t", "ed25519")), "-N", "", "-C", f"{name}@laptop"]
    subprocess.run([*words, "-f", str(file)], check=True, capture_output=True, timeout=60)
    return file
