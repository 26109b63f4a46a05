"""Deterministic damage to a database file, and the full database that it is done to."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from click.testing import CliRunner, Result

from tests.reliability.support import STAGES, accepted, do, opened
from vsm.cli.main import cli
from vsm.model import command as c
from vsm.model.entities import MEMBER, VIEW
from vsm.model.item import BlockerKind, LinkKind
from vsm.model.stream import LimitKind
from vsm.session import Session

PAGE = 4096
Harm = Callable[[bytearray], bytes | bytearray]


def invoke(db: Path, *words: str | Path, code: int | None = 0) -> Result:
    """Run the command line in this process, as ``support.vsm`` does in one of its own."""
    result = CliRunner().invoke(cli, ["--db", str(db), *map(str, words)], prog_name="vsm")
    assert code is None or result.exit_code == code, (result.exit_code, result.output)
    return result


@dataclass(frozen=True)
class Damage:
    """What happens to the bytes of a file, and what lies beside it afterwards."""

    name: str
    harm: Harm = bytes
    wal: bytes | None = None
    shm: bytes | None = None

    def apply(self, source: Path, target: Path) -> None:
        """Write a damaged copy of ``source`` to ``target``."""
        target.write_bytes(self.harm(bytearray(source.read_bytes())))
        for suffix, content in (("-wal", self.wal), ("-shm", self.shm)):
            beside = Path(f"{target}{suffix}")
            beside.unlink(missing_ok=True)
            if content is not None:
                beside.write_bytes(content)


def make_full_database(path: Path) -> None:
    """Make a small database with rows in most tables, the same bytes every time."""
    ticks = count(1_780_000_000_000_000, 3_600_000_000)
    session = Session(path, actor="setup", session="setup", clock=lambda: next(ticks))
    stages = list(STAGES)
    build = stages[2]
    stages[2] = c.NewStage(build.name, build.category, 4, LimitKind.SOFT, build.team)
    do(session, c.CreateStream("Payments", tuple(stages), zone="Europe/Berlin", prefix="PAY"))
    do(
        session,
        c.AddEntity(MEMBER, {"login": "anna", "teams": (1,)}),
        c.AddEntity(MEMBER, {"login": "Céline", "teams": (1, 2)}),
    )
    do(session, c.AddEntity(VIEW, {"name": "Old work", "filter": "age>p85 -blocked", "only": None}))
    do(session, *(c.AddItem(1, f"Work item {n} {'naïve ' * (n % 5)}") for n in range(1, 25)))
    for n in range(1, 17):
        do(session, c.MoveItem(n, 1 + n % 5 + (n % 5 == 0), reason="planned"))
    do(session, c.EditItem(1, {"owner": "anna", "labels": ["risk", "Q1"], "estimate": 2.5}))
    do(session, c.EditItem(2, {"due": "2026-12-24", "type": "bug"}))
    do(session, c.BlockItem(18, BlockerKind.DEPENDENCY, "waits for the ledger"))
    do(session, c.CommentItem(19, "looked at it"))
    do(session, c.LinkItems(20, 21, LinkKind.BLOCKS), c.LinkItems(20, 23, LinkKind.PARENT))
    do(session, c.ArchiveItem(22, True))
    accepted(session.undo())
    session.close()
    with opened(path) as conn:
        conn.execute("UPDATE _sqlite_migrations SET applied_at = '2026-11-28 08:00:00'")


def list_damages(size: int, used: list[int]) -> Iterator[Damage]:
    """More than 150 kinds of damage to a file of ``size`` bytes; ``used`` are bytes that count."""
    dice = random.Random(20261128)
    pages = size // PAGE
    for place in dice.sample(used, 45):
        value = dice.randrange(1, 256)
        yield Damage(f"byte-{place}-xor-{value}", _flip(place, value))
    for place in dice.sample(used, 45):
        yield flip_bit(place, dice.randrange(8))
    for page in dice.sample(range(pages), 20):
        yield Damage(f"zeroed-page-{page + 1}", _overwrite(page * PAGE, bytes(PAGE)))
    for page in dice.sample(range(pages), 10):
        yield Damage(f"noise-in-page-{page + 1}", _overwrite(page * PAGE + 8, dice.randbytes(64)))
    for end in (0, 1, 50, 100, 511, PAGE - 1, PAGE, *(dice.randrange(size) for _ in range(8))):
        yield Damage(f"cut-after-{end}", lambda data, end=end: data[:end])  # type: ignore[misc]
    for _ in range(15):
        a, b = sorted(dice.sample(range(pages), 2))
        yield Damage(f"swapped-pages-{a + 1}-{b + 1}", _swap(a, b))
    for place in range(16, 100, 4):
        yield Damage(f"header-{place}", _overwrite(place, dice.randbytes(4)))
    yield Damage("header-noise", _overwrite(16, dice.randbytes(84)))
    yield Damage("garbage-at-the-end", lambda data: data + dice.randbytes(3 * PAGE))
    header = bytes.fromhex("377f0682002de21800001000")
    for length in (1, 31, 32, 4152, 20000):
        yield Damage(f"wal-garbage-{length}", wal=dice.randbytes(length))
        yield Damage(f"shm-garbage-{length}", shm=dice.randbytes(length))
    yield Damage("wal-header-and-garbage", wal=header + dice.randbytes(9000))
    yield Damage("wal-and-shm-garbage", wal=dice.randbytes(8272), shm=dice.randbytes(32768))


def find_used_bytes(data: bytes) -> list[int]:
    """Places of the bytes that are not zero, after the header: most of them hold something."""
    return [place for place in range(100, len(data)) if data[place]]


def flip_bit(place: int, bit: int) -> Damage:
    """Turn one bit over."""
    return Damage(f"bit-{place}-{bit}", _flip(place, 1 << bit))


def _flip(place: int, mask: int) -> Harm:
    def harm(data: bytearray) -> bytearray:
        data[place] ^= mask
        return data

    return harm


def _overwrite(place: int, content: bytes) -> Harm:
    def harm(data: bytearray) -> bytearray:
        data[place : place + len(content)] = content
        return data

    return harm


def _swap(a: int, b: int) -> Harm:
    def harm(data: bytearray) -> bytearray:
        first, second = slice(a * PAGE, (a + 1) * PAGE), slice(b * PAGE, (b + 1) * PAGE)
        data[first], data[second] = data[second], data[first]
        return data

    return harm
