"""Paths of the database, the demo and the configuration, by the XDG base directories."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from vsm.model.errors import BadInput, EnvironmentProblem


def home_folder() -> Path | None:
    """``$HOME``, else the home folder of the password database; ``None`` where there is neither.

    A ``$HOME`` that is empty or relative counts as unset, like the XDG variables.
    """
    named = os.environ.get("HOME", "")
    if os.path.isabs(named):
        return Path(named)
    try:
        import pwd

        listed = pwd.getpwuid(os.getuid()).pw_dir
    except (ImportError, KeyError):
        listed = os.path.expanduser("~")
    return Path(listed) if os.path.isabs(listed) else None


def expand_user(typed: str, source: str = "") -> Path:
    """The path that a person typed, with ``~`` and ``~name`` as the home folders that they mean.

    ``source`` names in errors where it was typed. Raises :class:`BadInput` where there is no
    such home folder; a file whose name begins with ``~`` is written ``./~name``.
    """
    if typed.startswith("~"):
        user = typed.split(os.sep, 1)[0]
        home = home_folder() if user == "~" else os.path.expanduser(user)
        if home is None or str(home).startswith("~"):
            where = f"{source}: " if source else ""
            raise BadInput(
                f"{where}there is no home folder {user}, in {typed}",
                f"write the whole path, or .{os.sep}{user} for a file of that name",
            )
        return Path(str(home) + typed[len(user) :])
    return Path(typed)


def _xdg(variable: str, *fallback: str) -> Path | None:
    value = os.environ.get(variable, "")
    if value and os.path.isabs(value):
        return Path(value)
    home = home_folder()
    return None if home is None else home.joinpath(*fallback)


def data_folder() -> Path:
    """``$XDG_DATA_HOME/vsm``, by default ``~/.local/share/vsm``.

    Raises :class:`EnvironmentProblem` where there is no home folder.
    """
    folder = _xdg("XDG_DATA_HOME", ".local", "share")
    if folder is None:
        raise EnvironmentProblem(
            "you have no home folder to keep the database in",
            "name a file with --db or VSM_DB, or set HOME or XDG_DATA_HOME",
        )
    return folder / "vsm"


def database_file(named: str, source: str) -> Path:
    """The database that ``--db`` or ``VSM_DB`` (``source``) names; it need not exist.

    Raises :class:`BadInput` where it cannot be one: a folder, a pipe, a device.
    """
    path = expand_user(named, source)
    try:
        mode = path.stat().st_mode
    except OSError:
        # Nothing there yet, or out of reach: whoever opens it reports that.
        return path
    if stat.S_ISDIR(mode):
        raise BadInput(f"{path} is a folder", f"name a file with {source}")
    if not stat.S_ISREG(mode):
        raise BadInput(f"{path} is not a regular file", f"name a file with {source}")
    return path


def default_database() -> Path:
    """``$VSM_DB``, else ``vsm.db`` in the data folder."""
    named = os.environ.get("VSM_DB", "")
    return database_file(named, "VSM_DB") if named else data_folder() / "vsm.db"


def demo_database() -> Path:
    """The demo organisation's own file, never the user's."""
    return data_folder() / "demo.db"


def config_folder() -> Path | None:
    """``$XDG_CONFIG_HOME/vsm``, by default ``~/.config/vsm``; ``None`` without a home folder."""
    folder = _xdg("XDG_CONFIG_HOME", ".config")
    return None if folder is None else folder / "vsm"


def config_file() -> Path | None:
    """``config.toml`` in the configuration folder, if there can be one."""
    folder = config_folder()
    return None if folder is None else folder / "config.toml"


def state_folder() -> Path | None:
    """``$XDG_STATE_HOME/vsm``, by default ``~/.local/state/vsm``; ``None`` without a home."""
    folder = _xdg("XDG_STATE_HOME", ".local", "state")
    return None if folder is None else folder / "vsm"


def cache_folder() -> Path | None:
    """``$XDG_CACHE_HOME/vsm``, by default ``~/.cache/vsm``; ``None`` without a home folder."""
    folder = _xdg("XDG_CACHE_HOME", ".cache")
    return None if folder is None else folder / "vsm"


def keys_file() -> Path | None:
    """``keys.toml``, beside the configuration, if there can be one."""
    folder = config_folder()
    return None if folder is None else folder / "keys.toml"


def template_folder() -> Path | None:
    """Where users keep templates of their own: ``templates`` beside the configuration."""
    folder = config_folder()
    return None if folder is None else folder / "templates"
