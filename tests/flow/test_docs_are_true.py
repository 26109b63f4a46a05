"""docs/metrics.md says what the program says, and its worked example comes out."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from tests.flow.oracle import ItemRecord, history_of
from tests.flow.test_metrics_by_hand import at
from vsm.features.metrics.basic import metrics
from vsm.features.metrics.definitions import DEFINITIONS
from vsm.model import rules
from vsm.model.stream import Category, Stage, ValueStream, chain
from vsm.report.publish import publish

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
ZONE = "Europe/Berlin"


def test_every_definition_stands_on_the_page_word_for_word() -> None:
    sections = dict(re.findall(r"^### `(.+)`\n(.+)$", PAGE, re.MULTILINE))
    assert sections == dict(DEFINITIONS)


def test_the_worked_example_comes_out() -> None:
    stages = tuple(
        Stage(n, name, Category(category), n)
        for n, (name, category) in enumerate(re.findall(r"\*(\w+)\* \((\w+)\)", PAGE), 1)
    )
    ids = {s.name: s.id for s in stages}
    stream = ValueStream(1, "Example", ZONE, stages, chain(stages), ids["Build"]).validate()
    items = {
        ord(name): ItemRecord(
            rules.visits_of(
                (at(when, ZONE), ids[stage])
                for when, stage in re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d) (\w+)", moves)
            )
        )
        for name, moves in re.findall(r"^\| ([A-Z]) \| (.+) \|$", PAGE, re.MULTILINE)
    }
    assert len(items) == 7

    result = publish(
        metrics(
            history_of(items),
            stream,
            first=date(2026, 3, 23),
            last=date(2026, 4, 5),
            as_of=at("2026-04-08 12:00", ZONE),
        )
    )

    block = re.search(r"```json\n(.+?)```", PAGE, re.DOTALL)
    assert block is not None
    expected = json.loads(block[1])
    assert {name: result[name] for name in expected} == expected
