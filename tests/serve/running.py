"""Runs a server as ``vsm serve`` does, also as root: tests may be run by anybody.

    running.py DATABASE [web[:ROLE]] [NAME=VALUE of Limits]…

Prints the port once it listens. ``web`` serves browsers, with the secret beside the database.
"""

import asyncio
import sys
from pathlib import Path

from vsm.model.role import Role
from vsm.serve.listener import Listener
from vsm.serve.settings import Limits, Settings

database = Path(sys.argv[1])
words = [word for word in sys.argv[2:] if "=" in word]
web = [word.partition(":")[2] for word in sys.argv[2:] if "=" not in word]
limits = {name: float(value) for name, value in (word.split("=") for word in words)}
for name in ("sessions", "sessions_of_connection", "starting", "logins", "logins_of_address"):
    if name in limits:
        limits[name] = int(limits[name])
settings = Settings(
    database=database,
    host="127.0.0.1",
    port=0,
    host_key=database.with_suffix(".host_key"),
    ask="dora",
    log=database.with_suffix(".log"),
    limits=Limits(**limits),  # type: ignore[arg-type]
)
listener = Listener(settings)
if web:
    from vsm.serve.web import WebListener
    from vsm.serve.web_access import Access, make_secret, read_secret

    secret = database.with_suffix(".secret")
    make_secret(secret)
    role = Role(web[0]) if web[0] else None
    listener = WebListener(
        settings, Access(url="https://board.test", secret=read_secret(secret), at_most=role)
    )
asyncio.run(listener.run(lambda listener: print(listener.port, flush=True)))
