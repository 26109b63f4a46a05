"""vsm: a terminal board for agile value streams."""

__version__ = "0.1.0"
