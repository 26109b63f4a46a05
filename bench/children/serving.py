"""Serves a database to keys that it makes; prints the port and the warm process, then runs on.

    serving.py DATABASE FOLDER COUNT

Each of so many people has a key; the private ones are written to FOLDER as ``1.key``, ``2.key`` …
"""

import asyncio
import os
import sys
import time
from pathlib import Path

import asyncssh

from vsm.serve.keys import Keys, NewKey
from vsm.serve.listener import Listener
from vsm.serve.settings import Limits, Settings

database, folder, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
for number in range(1, count + 1):
    key = asyncssh.generate_private_key("ssh-ed25519")
    handle = os.open(folder / f"{number}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:
        file.write(key.export_private_key())
    public = " ".join(key.export_public_key().decode().split()[:2])
    name = f"bench{number}"
    Keys.of(database).add(
        NewKey(
            name=name,
            fingerprint=key.get_fingerprint(),
            kind="ssh-ed25519",
            public=public,
            member=name,
        ),
        by=name,
        at=time.time_ns() // 1000,
        database=database,
    )
settings = Settings(
    database=database,
    host="127.0.0.1",
    port=0,
    host_key=database.with_suffix(".host_key"),
    log=database.with_suffix(".log"),
    limits=Limits(logins_of_address=64),
)


def tell(listener: Listener) -> None:
    """Print where it listens."""
    print(listener.port, listener.forks.process, flush=True)


asyncio.run(Listener(settings).run(tell))
