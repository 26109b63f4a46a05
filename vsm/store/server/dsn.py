"""Reads where a journal server is: a connection string, without passwords and with TLS."""

from __future__ import annotations

import configparser
import ipaddress
import os
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from vsm.model.errors import BadInput

_PASSWORDS = ("password", "sslpassword")
_REMEDY = "put it into ~/.pgpass or a service file, which only you may read"
_TLS = "verify-full"


class Dsn(NamedTuple):
    """A connection string as it was given, and all parameters that follow from it."""

    text: str
    parameters: dict[str, Any]

    @property
    def connection(self) -> str:
        """The connection string with all parameters."""
        return make_conninfo("", **self.parameters)

    @property
    def servers(self) -> str:
        """The hosts and ports as they are named in messages."""
        hosts = str(self.parameters.get("host") or self.parameters.get("hostaddr") or "")
        if not hosts:
            return "on this machine"
        ports = str(self.parameters.get("port") or "5432").split(",")
        named = hosts.split(",")
        ports = ports * len(named) if len(ports) == 1 else ports
        return ", ".join(f"{host}:{port}" for host, port in zip(named, ports, strict=False))


def read_dsn(text: str, where: str) -> Dsn:
    """Read a connection string; ``where`` names it in errors.

    Raises :class:`BadInput` for what is none, and for one with a password in it.
    """
    try:
        parameters = conninfo_to_dict(text)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise BadInput(
            f"{where} is no connection string: {reason}",
            "for example: service=vsm, or host=a.example,b.example dbname=vsm user=vsm_host_a",
        ) from None
    for name in _PASSWORDS:
        if name in parameters:
            raise BadInput(f"{where} has a password in it", f"{_REMEDY}; nothing was kept of it")
    if os.environ.get("PGPASSWORD"):
        raise BadInput("PGPASSWORD is set", f"take it out of the environment: {_REMEDY}")
    values = {**_of_service(parameters, where), **parameters}
    mode = values.get("sslmode")
    if not all(map(is_near, _hosts(values))):
        if mode is None:
            values["sslmode"] = _TLS
        elif mode != _TLS:
            raise _unverified(str(mode))
    # Hosts of a service are named here too: psycopg gives each host a time of its own only then.
    return Dsn(text, {name: value for name, value in values.items() if value is not None})


def _of_service(parameters: dict[str, Any], where: str) -> dict[str, Any]:
    """What a service file says of a service, but for passwords, which libpq reads there itself."""
    name = parameters.get("service") or os.environ.get("PGSERVICE")
    if not name:
        return {}
    system = os.environ.get("PGSYSCONFDIR")
    files = [
        Path(os.environ.get("PGSERVICEFILE") or os.path.expanduser("~/.pg_service.conf")),
        *([Path(system) / "pg_service.conf"] if system else []),
    ]
    for file in files:
        known = configparser.ConfigParser(interpolation=None, default_section="", strict=False)
        try:
            known.read(file, encoding="utf-8")
        except (OSError, configparser.Error, UnicodeDecodeError) as error:
            raise BadInput(f"{file} cannot be read: {error}", "mend it, or name the host") from None
        if known.has_section(name):
            return {k: v for k, v in known.items(name) if k not in _PASSWORDS}
    raise BadInput(
        f"{where} names the service {name!r:.60}, which is in no service file",
        f"write it into {files[0]}",
    )


def _hosts(parameters: dict[str, Any]) -> list[str]:
    named = parameters.get("hostaddr") or parameters.get("host") or os.environ.get("PGHOST") or ""
    return str(named).split(",")


def is_near(host: str) -> bool:
    """Whether a host is this machine, so that nobody listens on the way."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unverified(mode: str) -> BadInput:
    return BadInput(
        f"sslmode is {mode}: nobody would know that it is the right server",
        f"use sslmode={_TLS}, with the certificate of its authority in sslrootcert",
    )
