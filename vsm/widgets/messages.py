"""Messages of widgets that are loaded only when they are needed."""

from __future__ import annotations

from textual.message import Message


class FilterChanged(Message):
    """Something else was typed into the filter line."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class FilterKept(Message):
    """The filter is to stay; keys go to the board again."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class FilterSaved(Message):
    """The filter is to be saved as a view."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class LaneClicked(Message):
    """The head of a lane was clicked."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class FilterCleared(Message):
    """The filter is to go."""
