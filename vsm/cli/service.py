"""``vsm service``: what is deployed on its own, and what counts as production there."""

from __future__ import annotations

import click

from vsm.cli.base import NounOrList
from vsm.cli.entity_verbs import add_verb, list_verb, remove_verb, set_verb
from vsm.model.delivery_entities import SERVICE

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.service:list_services", "List the services."),
    "add": ("vsm.cli.service:add", "Add a service."),
    "set": ("vsm.cli.service:change", "Change a service."),
    "remove": ("vsm.cli.service:remove", "Remove services that have nothing on record."),
}


@click.group(
    cls=NounOrList,
    verbs=VERBS,
    examples="""
vsm service add payments --stream Pay --repositories acme/pay
vsm service set payments --environments 'production,live-*' --unplanned 'hotfix/*'
vsm service list
""",
)
def service() -> None:
    """Say what is deployed on its own.

    Figures of delivery are about one service at a time. Its environments say what counts as
    production, its repositories which pull requests and deployments of a synced repository are
    its own. See docs/delivery.md.
    """


list_services = list_verb(
    SERVICE,
    VERBS["list"][1],
    examples="vsm service list --json",
    empty="There are no services yet: vsm service add NAME --repositories OWNER/NAME",
)
add = add_verb(
    SERVICE,
    VERBS["add"][1],
    examples="""
vsm service add payments --stream Pay --team core --repositories acme/pay,acme/vault
vsm service add app --environments 'production,live-*' --cause-hours 24
""",
)
change = set_verb(
    SERVICE,
    VERBS["set"][1],
    examples="vsm service set payments --environments 'production,live-*'",
)
remove = remove_verb(SERVICE, VERBS["remove"][1], examples="vsm service remove payments")
