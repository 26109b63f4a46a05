"""The figures of a decision in words."""

from __future__ import annotations

import json

from vsm.features.portfolio.facts_text import fact_lines

FACTS = {
    "seq": 2787,
    "state": "ready",
    "items": 2,
    "more_items": 4,
    "finished": 5,
    "cost_of_delay": {"profile": "linear", "low": 6000.0, "likely": 9000.0, "high": 14000.0},
    "weeks": 1.2,
    "forecast": {
        "p50": "2026-08-03",
        "p85": "2026-08-25",
        "need_by_odds": 0.999,
        "streams": [
            {"stream": "Cards", "in_progress": 0, "not_started": 1, "p85": "2026-08-11"},
        ],
        "cannot": None,
    },
    "spent": 96000,
    "remaining": 190000.0,
    "roi": {"low": 0.851, "likely": 2.168, "high": 3.581, "benefit": 601830.24},
    "cd3": 7753.85,
    "wsjf": None,
    "buffer_burn": 0.5,
    "indicators": [
        {"name": "uses", "role": "leading", "unit": "%", "value": None, "behind": 0},
        {"name": "faults", "role": "guard", "unit": "%", "value": 4.5, "day": "2026-08-01",
         "expected": 4, "behind": 2},
    ],
    "stop_card": {"reasons_for": ["a", "b"], "reasons_against": ["c"],
                  "freed": [{"team": "Blue", "days": 12.4}]},
    "flags": ["stop?"],
    "p50": "2026-08-03",
    "p85": "2026-08-25",
}  # fmt: skip


def test_every_figure_has_a_name_and_its_unit() -> None:
    assert fact_lines(json.dumps(FACTS), "EUR") == [
        "State: ready",
        "Open items: 2, 4 more expected, 5 finished",
        "Over: 50% by 3 Aug 2026, 85% by 25 Aug 2026",
        "Odds of the day it was needed by: 99%",
        "  Cards: 0 in progress, 1 not started, 85% by 11 Aug 2026",
        "Delay costs: 9.0k EUR (6.0k to 14k) a week, linear",
        "Work left: 1.2 weeks of the busiest stream, CD3 7.8k",
        "Spent: 96k EUR (sunk cost, which counts nothing)",
        "Still to pay: 190k EUR",
        "Return on what was still to pay: +217% (+85% to +358%)",
        "Buffer used: 50%",
        "Indicator uses (leading): not read yet",
        "Indicator faults (guard): 4.5% (bound 4%) on 1 Aug 2026, behind for 2 readings",
        "Spoke for stopping: a; b",
        "Against it: c",
        "Stopping would free, in days of work on items: Blue 12",
        "Signs: stop?",
        "Journal: entry #2,787",
    ]


def test_what_was_not_known_is_left_out_and_what_is_new_is_kept() -> None:
    assert fact_lines("", "EUR") == [] == fact_lines("[]", "")
    text = json.dumps({"forecast": {"cannot": "it has no items yet"}, "roi": None, "new_one": 3})
    assert fact_lines(text, "") == ["No forecast: it has no items yet", "New one: 3"]
    later = {"forecast": {"p50": "2026-08-03", "p85": None, "cannot": None}}
    assert fact_lines(json.dumps(later), "") == ["Over: 50% by 3 Aug 2026, 85% later than foreseen"]
    assert fact_lines(json.dumps({"forecast": {"p50": None}}), "") == [
        "Over: later than can be foreseen"
    ]


def test_facts_of_another_shape_are_no_error() -> None:
    odd = {"items": "x", "forecast": [1], "roi": {"likely": "y"}, "indicators": ["z"], "p50": "?",
           "cost_of_delay": {"likely": True}, "stop_card": {"reasons_for": "q"}}  # fmt: skip
    assert fact_lines(json.dumps(odd), "") == ["Over: 50% by ?, 85% later than foreseen"]
