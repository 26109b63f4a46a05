"""The page about the organisation tells of templates that are there, and its example works."""

from __future__ import annotations

import re
from pathlib import Path

from vsm.templates import find
from vsm.templates.reading import read_template

PAGE = (Path(__file__).parents[2] / "docs" / "organisation.md").read_text(encoding="utf-8")


def test_the_example_of_a_template_is_one(folder: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    template = read_template(example[1], "ours")
    assert [stage.name for stage in template.stages] == ["Ready", "Build", "Done"]
    assert template.vocabulary and template.link and template.stages[0].class_limits


def test_each_template_stands_in_the_table_with_what_it_is_for(folder: Path) -> None:
    table = dict(re.findall(r"^\| `([\w-]+)` \| (.+) \|$", PAGE, re.MULTILINE))
    assert {t.name: t.about for t in find().good} == {n: table[n] for n in table if n not in "owi"}
