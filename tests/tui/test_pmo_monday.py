"""A PMO lead's Monday with six streams: what is in trouble, what stopping frees, a page sent."""

from __future__ import annotations

import email
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner

from tests.samples.streams import kanban
from vsm.cli.main import cli
from vsm.model.entities import ENTITIES
from vsm.model.portfolio_entities import DECISION
from vsm.model.report_entities import MADE_REPORT
from vsm.reader import Reader
from vsm.session import Session

from .test_flow import NOW, demo, made
from .test_flow import anna as at_demo
from .test_portfolio import choose

__all__ = ["demo", "made"]

Size = tuple[int, int]


async def test_a_pmo_leads_monday(demo: Path, size: Size) -> None:
    with closing(Session(demo, actor="anna.kern", clock=lambda: NOW)) as session:
        for name, prefix in (("Loans", "LOAN"), ("Savings", "SAVE"), ("Payments", "PAYM")):
            session.do(kanban(name, "Europe/Berlin", prefix))
    async with at_demo(demo, size) as anna:
        await anna.press("R", "t")  # what changed since last Monday
        await anna.type("portfolio")
        await anna.press("enter")
        anna.sees("2 to ask whether to go on", "Should Instant cards go on?")
        anna.sees("Should Disputes without paper go on?", "stopping frees")
        anna.sees("Team Risk is overloaded")
        await anna.press("home", "enter")  # the items behind the first sentence
        assert "CARD-" in anna.text
        await anna.press("escape")
        await anna.press("8")  # which initiative is in trouble, and why
        await choose(anna, "Instant cards")
        await anna.press("enter")
        anna.sees("Instant cards", "more than a quarter behind")
        await anna.press("escape")
        await choose(anna, "Disputes without paper")
        await anna.press("=")  # what stopping it would free, and every date that moves
        anna.sees("without Disputes without paper", "Risk")
        await anna.press("escape", "d")
        await anna.type("stop")
        await anna.press("enter")
        await anna.type("it costs more than it brings, and frees Risk")
        await anna.press("enter")
        await anna.press("R", "t")
        await anna.type("portfolio")
        await anna.press("enter")
        anna.sees("1 to ask whether to go on")
        await anna.press("p", "y")  # the page of today is on record
    with closing(Reader(demo)) as reader:
        decision = max(reader.entities(DECISION), key=lambda one: one.id)
        initiatives = {one.id: one.name for one in reader.entities(ENTITIES["initiative"])}
        assert initiatives[decision.initiative] == "Disputes without paper"
        assert decision.choice == "stop" and '"seq"' in decision.facts
        latest = max(reader.entities(MADE_REPORT), key=lambda one: one.id)
        assert (latest.report, latest.only) == ("portfolio", None)
    options = ("--since", "2026-03-30", "--mail", "board@example.org")
    sent = CliRunner(env={"VSM_DB": str(demo)}).invoke(cli, ["report", "portfolio", *options])
    message = email.message_from_string(sent.stdout)
    assert (message["To"], message["Subject"]) == (
        "board@example.org",
        "Portfolio report: all streams",
    )
    plain = message.get_payload()[0].get_payload(decode=True).decode()  # type: ignore[union-attr,index]
    words = " ".join(plain.split())
    assert "Decided on Disputes without paper: stop, it costs more than it brings" in words
