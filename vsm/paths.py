"""Where things live: the database, the demo and the configuration, by the XDG base directories."""

from __future__ import annotations

import os
from pathlib import Path


def _xdg(variable: str, *fallback: str) -> Path:
    value = os.environ.get(variable, "")
    if value and os.path.isabs(value):
        return Path(value)
    return Path.home().joinpath(*fallback)


def data_folder() -> Path:
    """``$XDG_DATA_HOME/vsm``, by default ``~/.local/share/vsm``."""
    return _xdg("XDG_DATA_HOME", ".local", "share") / "vsm"


def default_database() -> Path:
    """``$VSM_DB``, else ``vsm.db`` in the data folder."""
    named = os.environ.get("VSM_DB", "")
    return Path(named).expanduser() if named else data_folder() / "vsm.db"


def demo_database() -> Path:
    """The demo organisation's own file, never the user's."""
    return data_folder() / "demo.db"


def config_folder() -> Path:
    """``$XDG_CONFIG_HOME/vsm``, by default ``~/.config/vsm``."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "vsm"


def config_file() -> Path:
    """``config.toml`` in the configuration folder."""
    return config_folder() / "config.toml"


def keys_file() -> Path:
    """``keys.toml``, beside the configuration."""
    return config_folder() / "keys.toml"


def template_folder() -> Path:
    """Where users keep templates of their own: ``templates`` beside the configuration."""
    return config_folder() / "templates"
