"""Identity: the login of whoever works here. On its own, so that it loads nothing that writes."""

from __future__ import annotations

import os


def whoami() -> str:
    """The login of the user that runs this process; never what ``LOGNAME`` claims."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return f"uid{os.getuid()}" if hasattr(os, "getuid") else "user"
