"""``--ascii``: every dialog and the details, at both sizes, are drawn with ASCII alone."""

from __future__ import annotations

import pytest

from vsm.model.command import BlockItem, LinkItems
from vsm.model.item import BlockerKind, LinkKind

from .conftest import World


@pytest.mark.parametrize("key", ["?", "s", "g", "n", "b", "x", ":", "enter", "/", "'"])
async def test_ascii_is_kept_to_in_every_dialog(
    filled: World, size: tuple[int, int], key: str
) -> None:
    filled.do(BlockItem(4, BlockerKind.EXTERNAL, "gone quiet"))
    filled.do(LinkItems(1, 2, LinkKind.BLOCKS))
    async with filled.person(size=size, ascii_only=True) as anna:
        await anna.press(key)
        odd = {c for c in anna.text if not c.isascii()}
        assert not odd, (odd, anna.text)


async def test_ascii_is_kept_to_in_the_welcome(world: World) -> None:
    async with world.person(ascii_only=True) as anna:
        assert anna.text.isascii()
        await anna.press("3")
        assert anna.text.isascii()
