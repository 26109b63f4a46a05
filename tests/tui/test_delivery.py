"""The screen of delivery: services, their measures, what is behind each, links and marks."""

from __future__ import annotations

from vsm.model import command as c
from vsm.model.delivery import CauseLink, DeploymentResult
from vsm.model.delivery_entities import INCIDENT, SERVICE
from vsm.reader import Reader

from .conftest import World

Size = tuple[int, int]
HOUR = 3_600_000_000
DAY = 24 * HOUR
OK = DeploymentResult.SUCCESS


def recorded(world: World, name: str = "Checkout") -> int:
    """A service with three deployments, an incident after the second, and two changes."""
    world.do(c.AddEntity(SERVICE, {"name": name, "only": world.stream}))
    service = next(one.id for one in Reader(world.path).services() if one.name == name)
    now = world.clock()
    for n, ago in enumerate((9, 5, 2), 1):
        commit = f"{n}" * 40
        moments = {
            "first_commit_at": now - (ago + 3) * DAY,
            "proposed_at": now - (ago + 2) * DAY,
            "merged_at": now - (ago + 1) * DAY,
        }
        world.do(
            c.RecordChange(service, f"acme/pay#{n}", **moments, commits=(commit,), items=(n,)),
            c.RecordDeployment(
                service, "production", OK, now - ago * DAY, commits=(commit,), items=(n,)
            ),
        )
    opened = now - 5 * DAY + 6 * HOUR
    world.do(
        c.RecordIncident(service, "INC-7", opened, "Cards declined", resolved_at=opened + HOUR)
    )
    return service


async def test_without_services_it_names_three_ways_to_begin(filled: World, size: Size) -> None:
    async with filled.person(size=size) as anna:
        await anna.press("D")
        anna.sees("No deployments are known", "Three ways to begin", "vsm deploy record")


async def test_a_figure_opens_what_is_behind_it_down_to_the_item(filled: World, size: Size) -> None:
    recorded(filled)
    async with filled.person(size=size) as anna:
        await anna.press("D")
        anna.sees("Checkout", "0.2")
        await anna.press("enter")
        anna.sees("Change lead time", "50% in 3 d", "3 deployed", "1 of 3")
        await anna.press("enter")
        anna.sees("changes of Checkout", "acme/pay#1", "PAY-1")
        await anna.press("enter")
        anna.sees("Change acme/pay#", "1 item")
        await anna.press("escape", "escape")
        anna.sees("Recovery time", "50% in 7 h")
        await anna.press("down", "enter")
        anna.sees("deployments of Checkout", "INC-7 inferred")
        await anna.press("enter")
        anna.sees("deployment 3 of Checkout", "success to production")
        await anna.press("escape", "escape", "escape")
        anna.sees("all services")


async def test_few_deployments_show_the_range_as_the_figure(filled: World) -> None:
    recorded(filled)
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("D", "enter")
        anna.sees("1 of 3 deployments caused an incident: between 6% and 79%")
        assert "33%" not in anna.text


async def test_somebody_names_the_cause_of_an_incident_and_takes_it_back(filled: World) -> None:
    recorded(filled)
    async with filled.person(size=(120, 50)) as anna:
        await anna.press("D", "enter", "down", "down", "enter", "enter")
        anna.sees("Caused INC-7, inferred: over after 7 h", "l: link")
        await anna.press("end", "l")
        anna.sees("Cause of INC-7")
        await anna.type("1")
        await anna.press("enter")
        incident = Reader(filled.path).entities(INCIDENT)[0]
        assert (incident.caused_by, incident.link) == (1, CauseLink.NAMED)
        assert "Caused INC-7" not in anna.text
        await anna.press("z")
        anna.sees("Caused INC-7, inferred")


async def test_an_incident_without_a_cause_leaves_no_deployment_failed(filled: World) -> None:
    recorded(filled)
    async with filled.person(size=(120, 50)) as anna:
        await anna.press("D", "enter", "down", "down", "enter", "enter", "end", "l")
        await anna.type("none")
        await anna.press("enter", "escape", "escape")
        anna.sees("0 of 3 deployments caused an incident", "1 of them put down to no deployment")


async def test_a_deployment_that_there_is_not_stays_in_the_form(filled: World) -> None:
    recorded(filled)
    async with filled.person(size=(120, 50)) as anna:
        await anna.press("D", "enter", "down", "down", "enter", "enter", "end", "l")
        await anna.type("99")
        await anna.press("enter")
        anna.sees("There is no deployment '99' of this service", "Cause of INC-7")


async def test_a_deployment_is_marked_as_unplanned_because_of_an_incident(filled: World) -> None:
    service = recorded(filled)
    async with filled.person(size=(120, 50)) as anna:
        await anna.press("D", "enter", "down", "enter", "U")
        anna.sees("by the rules")
        await anna.press("left", "left", "tab")
        await anna.type("inc-7")
        await anna.press("enter")
        anna.sees("✓ unplanned")
        await anna.press("escape")
        anna.sees("1 of 3 deployments was unplanned")
    last = Reader(filled.path).deployments(service)[-1]
    assert (last.planned, last.because) == (False, 1)


async def test_keys_that_do_nothing_here_say_so_and_are_not_named(filled: World) -> None:
    recorded(filled)
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("D")
        assert "link" not in anna.lines[-1] and "planned" not in anna.lines[-1]
        await anna.press("l")
        anna.sees("Choose an incident first")
        await anna.press("U")
        anna.sees("Choose a deployment first")


async def test_in_the_past_it_shows_what_was_then_and_changes_nothing(filled: World) -> None:
    recorded(filled)
    async with filled.person(size=(120, 40)) as anna:
        await anna.press("D", "enter", "comma")
        anna.sees("as of")
        await anna.press("down", "down", "enter")
        assert "l: link" not in anna.text and "U: planned" not in anna.text


async def test_the_window_grows_and_the_definitions_have_the_rules(filled: World) -> None:
    recorded(filled)
    async with filled.person(size=(120, 50)) as anna:
        await anna.press("D", "enter")
        anna.sees("90 days")
        await anna.press("w")
        anna.sees("180 days")
        await anna.press("question_mark")
        anna.sees("Rules of Checkout", "up to 72 h before", "hotfix/*")


async def test_a_page_that_is_opened_while_the_window_grows_shows_the_new_one(
    filled: World,
) -> None:
    recorded(filled)
    async with filled.person(size=(120, 50)) as anna:
        await anna.press("D", "enter")
        await anna.burst("w", "enter")
        anna.sees("changes of Checkout", "180 days")


async def test_a_deployment_outside_a_shorter_window_leads_back(filled: World) -> None:
    service = recorded(filled)
    filled.do(c.RecordDeployment(service, "production", OK, filled.clock() - 40 * DAY))
    async with filled.person(size=(120, 50)) as anna:
        await anna.press("D", "enter", "down", "enter", "enter")
        anna.sees("deployment 3 of Checkout", "acme/pay#3", "commit")
        await anna.press("escape", "end", "enter")
        anna.sees("deployment 4 of Checkout")
        await anna.press("W")
        anna.sees("Deployment 4 is not in this window: w lengthens it", "deployments of Checkout")
        anna.sees("30 days")


async def test_a_long_name_in_wide_characters_stays_in_its_line(filled: World, size: Size) -> None:
    recorded(filled, "注册服务 " * 12 + "onboarding")
    async with filled.person(size=size) as anna:
        await anna.press("D", "enter")
        anna.sees("Change lead time", "注册服务")
        await anna.press("enter")
        anna.sees("acme/pay#1")
