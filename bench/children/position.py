"""Prints up to which entry a database is: ``position.py DB``."""

import sys
from pathlib import Path

from vsm.reader import Reader

print(Reader(Path(sys.argv[1])).position())
