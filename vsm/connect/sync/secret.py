"""Reads the token that a source names, and takes it out of everything that is kept or shown."""

from __future__ import annotations

import os
import re
import stat
from importlib.util import find_spec
from pathlib import Path

from vsm.connect.sync.problem import SyncProblem
from vsm.database_files import refuse_database
from vsm.model.source_health import Health
from vsm.paths import expand_user

REDACTED = b"[redacted]"
_BYTES_MAX = 16_384
_TOKENS = re.compile(
    rb"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_.-]{16,}"
    rb"|ATATT[A-Za-z0-9_=-]{20,}"
)
"""Tokens by their look: people paste them into descriptions."""
_BEGINNINGS = (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"ATATT")
"""The beginnings of these: looking for texts is much quicker than for a pattern."""
_READABLE_BY_OTHERS = 0o077


class Secret:
    """A token that shows itself nowhere but in :meth:`reveal`."""

    def __init__(self, value: str) -> None:
        self._value = value
        parts = [value, *value.split(":", 1)]
        self._parts = sorted({p.encode() for p in parts if len(p) >= 8}, key=len, reverse=True)

    def __repr__(self) -> str:
        return "Secret()"

    def reveal(self) -> str:
        """The token."""
        return self._value

    def redact(self, text: str) -> str:
        """The text without the token, and without whatever looks like one."""
        return self.redact_bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace")

    def redact_bytes(self, data: bytes) -> bytes:
        """The same for the bytes of a page."""
        for part in self._parts:
            data = data.replace(part, REDACTED)
        if any(beginning in data for beginning in _BEGINNINGS):
            data = _TOKENS.sub(REDACTED, data)
        return data


def read_secret(reference: str) -> Secret:
    """The token that a reference leads to; raises :class:`SyncProblem` that never shows it."""
    place, _, name = reference.partition(":")
    if place == "env":
        value = os.environ.get(name, "")
        missing = f"the environment has no {name}"
    elif place == "keyring":
        value = _of_keyring(name)
        missing = f"the keyring has no password vsm/{name}"
    else:
        value = _of_file(name)
        missing = f"{name} is empty"
    value = value.strip()
    if not value:
        raise SyncProblem(missing, "put the token there, or name another place", Health.AUTH)
    if not value.isprintable() or not value.isascii() or " " in value:
        raise SyncProblem(
            f"what {reference} holds is no token: it has spaces or other characters",
            "keep the token alone there",
            Health.AUTH,
        )
    return Secret(value)


def _of_keyring(name: str) -> str:
    if find_spec("keyring") is None:
        raise SyncProblem(
            "keyring is not installed", "pip install keyring, or use env: or file:", Health.AUTH
        )
    from importlib import import_module

    keyring = import_module("keyring")
    try:
        return str(keyring.get_password("vsm", name) or "")
    except Exception as error:  # each backend has errors of its own
        raise SyncProblem(
            f"the keyring cannot be read ({type(error).__name__})", "unlock it", Health.AUTH
        ) from None


def _of_file(name: str) -> str:
    path = expand_user(name, "file:")
    refuse_database(path, "name the file with the token")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise SyncProblem(
            f"{name} cannot be read: {error.strerror}", "name the file with the token", Health.AUTH
        ) from None
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise SyncProblem(f"{name} is no file", "name the file with the token", Health.AUTH)
        if stat.S_IMODE(about.st_mode) & _READABLE_BY_OTHERS:
            raise SyncProblem(
                f"{name} may be read by others (mode {stat.S_IMODE(about.st_mode):04o})",
                f"chmod 600 {Path(name)}",
                Health.AUTH,
            )
        return os.read(handle, _BYTES_MAX).decode("utf-8", "replace")
    finally:
        os.close(handle)
