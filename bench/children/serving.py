"""Serves a database to one key that it makes; prints the port and the warm process, then runs on.

    serving.py DATABASE KEY

The private key is written to KEY.
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

database, key_file = Path(sys.argv[1]), Path(sys.argv[2])
key = asyncssh.generate_private_key("ssh-ed25519")
handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
with open(handle, "wb") as file:
    file.write(key.export_private_key())
public = " ".join(key.export_public_key().decode().split()[:2])
Keys.of(database).add(
    NewKey(
        name="bench",
        fingerprint=key.get_fingerprint(),
        kind="ssh-ed25519",
        public=public,
        member="bench",
    ),
    by="bench",
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
