"""Checks of what comes in with a browser: the proxy's secret, the name it gives, the page."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from vsm.database_files import refuse_database
from vsm.model.actor import NAME_MAX, is_name
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.model.role import Role

USER = "X-Forwarded-User"
SECRET = "X-Vsm-Secret"
SECRET_LEAST = 32
"""Characters of the shortest secret."""

_URL = re.compile(
    r"(?P<origin>(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?)"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)
_USUAL_PORT = {"https": ":443", "http": ":80"}


class NotLetIn(Exception):
    """Somebody may not come in; the text says why."""


class Headers(Protocol):
    """The headers of a request; one may be there more than once."""

    def getall(self, key: str, default: Sequence[str], /) -> Sequence[str]:
        """All values of a header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The proxy's ``secret``, the ``url`` that browsers know, and the most that anybody may be."""

    url: str
    secret: str
    at_most: Role | None = None

    @property
    def origin(self) -> str:
        """The part of the address that a browser names when one of its pages asks."""
        match = _URL.fullmatch(self.url)
        assert match is not None
        return match["origin"].removesuffix(_USUAL_PORT[match["scheme"]])

    @property
    def websocket(self) -> str:
        """The address that the page connects to."""
        return "ws" + self.url.removeprefix("http") + "/ws"

    def person(self, headers: Headers) -> str:
        """The name that the proxy gives; raises :class:`NotLetIn` where it is not the proxy."""
        if not secrets.compare_digest(_bytes(_only(headers, SECRET)), _bytes(self.secret)):
            raise NotLetIn(f"this did not come through the proxy: {SECRET} is missing or wrong")
        name = _only(headers, USER)
        if not is_name(name):
            raise NotLetIn(
                f"the proxy says no name that can be one: {USER} must be there once,"
                f" with 1 to {NAME_MAX} characters without spaces"
            )
        return name

    def check_origin(self, headers: Headers) -> None:
        """Refuse pages of other sites, which a browser would let connect in somebody's name."""
        if _only(headers, "Origin") != self.origin:
            raise NotLetIn(f"only the page at {self.url} may open a board")


def _only(headers: Headers, name: str) -> str:
    """The value of a header; none where it is there twice, as one of them came from a client."""
    values = headers.getall(name, ())
    return values[0] if len(values) == 1 else ""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def address_of(headers: Mapping[str, str], remote: str | None) -> str:
    """The address that the proxy saw, for the log; its own where it names none."""
    last = headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(last))
    except ValueError:
        return remote or ""


def checked_url(text: str) -> str:
    """The address that people type, without a slash at its end."""
    match = _URL.fullmatch(text)
    if match is None or not (match["scheme"] == "https" or is_loopback(match["host"].strip("[]"))):
        raise BadInput(
            f"--web-url {text!r:.100} is not the address of a board",
            "give what people type, in small letters, such as https://board.example.org",
        )
    return match["origin"] + match["path"]


def is_loopback(host: str) -> bool:
    """Whether a host can be reached from this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def make_secret(path: Path) -> bool:
    """Make the secret of the proxy where there is none; says whether it did."""
    refuse_database(path)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise EnvironmentProblem(
            f"{path} cannot be made: {error.strerror or error}",
            "name a file in a folder of this account with --web-secret",
        ) from error
    with open(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(SECRET_LEAST) + "\n")
    return True


def read_secret(path: Path) -> str:
    """The secret of the proxy, which nobody else on this machine may read."""
    try:
        with path.open(encoding="ascii") as file:
            status = os.fstat(file.fileno())
            text = file.read(4096).strip()
    except (OSError, ValueError) as error:
        what = (error.strerror or str(error)) if isinstance(error, OSError) else "it is not ASCII"
        raise EnvironmentProblem(
            f"the secret in {path} cannot be read: {what}", "give it to this account, as text"
        ) from error
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise EnvironmentProblem(
            f"others can read or replace the secret in {path}",
            f"chmod 600 {path}, and let it belong to the account that serves",
        )
    if len(text) < SECRET_LEAST or not re.fullmatch(r"[!-~]+", text):
        raise EnvironmentProblem(
            f"the secret in {path} is too easy to guess, or cannot be sent",
            f"use at least {SECRET_LEAST} ASCII characters without spaces on one line, or remove"
            " the file: vsm makes one",
        )
    return text
