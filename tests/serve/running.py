"""Runs a server as ``vsm serve`` does, also as root: tests may be run by anybody.

    running.py DATABASE [NAME=VALUE of Limits]…

Prints the port once it listens.
"""

import asyncio
import sys
from pathlib import Path

from vsm.serve.listener import Listener
from vsm.serve.settings import Limits, Settings

database = Path(sys.argv[1])
limits = {name: float(value) for name, value in (word.split("=") for word in sys.argv[2:])}
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
asyncio.run(Listener(settings).run(lambda listener: print(listener.port, flush=True)))
