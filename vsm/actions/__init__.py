"""The registry of actions."""

from vsm.actions.board import *  # noqa: F403
