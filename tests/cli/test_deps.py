"""``vsm deps``: as a report and as JSON that the published schema allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.test_exports import demo, organisation, valid

if TYPE_CHECKING:
    from tests.cli.conftest import Vsm

__all__ = ["demo", "organisation"]


@pytest.fixture
def web(vsm: Vsm) -> Vsm:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    for title in ("Login", "Logout", "Reset", "Token"):
        vsm.ok("item", "add", title)
    return vsm


def test_without_links_it_says_so(web: Vsm) -> None:
    assert "No unfinished item waits for another one." in web.ok("deps")
    told = valid(web.json("deps"), "dependencies")
    assert (told["team_matrix"], told["critical_path"], told["cycles"]) == ([], None, [])


def test_the_demos_platform_holds_others_up(demo: Vsm) -> None:
    told = valid(demo.json("deps"), "dependencies")
    assert {row["blocking_team"] for row in told["team_matrix"]} == {"Ledger"}
    assert told["teams"][0]["team"] == "Ledger"
    assert sum(row["open"] for row in told["team_matrix"]) == len(told["open"]) > 0
    text = demo.ok("deps")
    for top in told["top_blockers"]:
        assert top["key"] in text
    for risk in told["risks"]:
        assert risk["why"] in " ".join(text.split())


def test_the_path_to_an_item_goes_over_what_it_waits_for(web: Vsm) -> None:
    web.ok("item", "link", "WEB-1", "blocks", "WEB-2")
    web.ok("item", "link", "WEB-2", "blocks", "WEB-3")
    told = valid(web.json("deps", "--to", "WEB-3"), "dependencies")
    assert [step["key"] for step in told["critical_path"]["items"]] == ["WEB-1", "WEB-2", "WEB-3"]
    assert told["top_blockers"][0]["behind"] == ["WEB-2", "WEB-3"]
    web.ok("item", "move", "WEB-1", "Done")
    told = web.json("deps", "--to", "WEB-3")
    assert [step["key"] for step in told["critical_path"]["items"]] == ["WEB-2", "WEB-3"]


def test_what_there_is_not_is_refused_with_what_to_do(web: Vsm) -> None:
    assert "there is no item WEB-99" in web.fails(2, "deps", "--to", "WEB-99")
    assert "WEB-4 neither waits" in web.fails(2, "deps", "--to", "WEB-4")
