"""Declarations of delivery: services, deployments, incidents and changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vsm.model.delivery import CauseLink, Change, Deployment, DeploymentResult, Incident, Service
from vsm.model.entity import NUMBER_FIELD, Entity, Field
from vsm.model.field_types import (
    FLAG,
    KEYS,
    LINE,
    MAYBE_MOMENT,
    MOMENT,
    NAME,
    NUMBER,
    REFERENCE,
    FieldType,
    InvalidValue,
    line_of,
    name_of,
    optional_word_type,
    word_type,
)

COMMITS_MAX = 2000
"""Most commits of one deployment or change."""
ITEMS_MAX = 500
"""Most items of one deployment or change."""
CAUSE_HOURS_MAX = 24 * 365
_REF_MAX = 500

_REF = replace(LINE, read=lambda what, value: line_of(what, value, _REF_MAX))
"""A branch, a tag, an address or the like on one line, or nothing."""


def _read_repositories(what: str, value: Any) -> tuple[str, ...]:
    """Repositories as ``owner/name``; addresses are shortened to that."""
    listed = value.split(",") if isinstance(value, str) else list(value or ())
    names = [name_of(what, str(name)) for name in listed if str(name).strip()]
    paths = [name.partition("://")[2].partition("/")[2] or name for name in names]
    paths = [path.strip("/").removesuffix(".git") for path in paths]
    strange = next((path for path in paths if "/" not in path or " " in path), None)
    if strange is not None:
        raise InvalidValue(f"{what}: {strange!r:.60} is no repository", "give it as owner/name")
    return tuple(dict.fromkeys(paths))


def _read_commits(what: str, value: Any) -> tuple[str, ...]:
    listed = value.split(",") if isinstance(value, str) else list(value or ())
    commits = dict.fromkeys(name_of(what, str(one)) for one in listed if str(one).strip())
    if len(commits) > COMMITS_MAX:
        raise InvalidValue(f"{what}: there are {len(commits)}", f"{COMMITS_MAX} are allowed")
    return tuple(commits)


def _read_items(what: str, value: Iterable[Any] | None) -> tuple[int, ...]:
    items = tuple(dict.fromkeys(value or ()))
    if not all(type(item) is int and item > 0 for item in items):
        raise InvalidValue(f"{what} are named by their ids")
    if len(items) > ITEMS_MAX:
        raise InvalidValue(f"{what}: there are {len(items)}", f"{ITEMS_MAX} are allowed")
    return items


def _read_item(what: str, value: Any) -> int | None:
    return None if value is None else _read_items(what, (value,))[0]


def _read_hours(what: str, value: Any) -> float:
    hours = NUMBER.read(what, value)
    if hours is None or hours > CAUSE_HOURS_MAX:
        raise InvalidValue(f"{what}: {value!r:.40} is too long", f"give 0 to {CAUSE_HOURS_MAX}")
    return float(hours)


_COMMITS = replace(KEYS, read=_read_commits, is_long=True)
_ITEMS = FieldType(
    value=tuple[int, ...],
    read=_read_items,
    is_list=True,
    is_long=True,
    published=list,
)
_ITEM = FieldType(value=int | None, read=_read_item, column="INTEGER", nullable=True, is_long=True)
_MAYBE_FLAG = replace(
    FLAG,
    value=bool | None,
    read=lambda what, value: None if value is None else FLAG.read(what, value),
    nullable=True,
    published=lambda value: value,
)
_HOURS = replace(NUMBER, value=float, read=_read_hours, nullable=False)
_SERVICE = Field(name="service", type=REFERENCE, refers_to="service", fixed=True)

SERVICE = Entity(
    name="service",
    type=Service,
    since=15,
    fields=(
        Field(name="name", type=NAME, what="the service's name", help="New name."),
        Field(
            name="team",
            type=REFERENCE,
            default=None,
            refers_to="team",
            help="Team that looks after it.",
            nothing="none",
        ),
        Field(
            name="only",
            type=REFERENCE,
            default=None,
            refers_to="stream",
            public="stream",
            help="Stream whose items it delivers: who may record in it, and its calendar.",
            nothing="none",
        ),
        Field(
            name="repositories",
            type=replace(KEYS, read=_read_repositories),
            default=(),
            label="Repositories",
            help="Repositories that it is made from: owner/name, with commas.",
            nothing="none",
        ),
        Field(
            name="environments",
            type=KEYS,
            default=("production", "prod"),
            label="Production is",
            heading="PRODUCTION",
            help="Environments that count as production: production,prod* (* is anything).",
        ),
        Field(
            name="unplanned",
            type=KEYS,
            default=("hotfix/*",),
            label="Unplanned is",
            heading="UNPLANNED",
            help="Branches or tags whose deployments are unplanned: hotfix/*,*-fix.",
            nothing="none",
        ),
        Field(
            name="cause_hours",
            type=_HOURS,
            default=72.0,
            what="hours to a cause",
            label="Cause within",
            heading="HOURS TO CAUSE",
            help="An incident without a link is put down to the last deployment of so many hours.",
        ),
    ),
    in_use=("has deployments, incidents or changes", "what is on record stays"),
    about="A service is something that is deployed on its own. Figures are about one at a time.",
    is_on_screen=False,
)


def _deployment(number: int, _key: str, service: int, *values: Any) -> Deployment:
    environment, finished_at, result, started_at, ref, commits, items, planned, *rest = values
    return Deployment(
        number,
        service,
        environment,
        finished_at,
        DeploymentResult(result),
        started_at,
        ref,
        commits,
        items,
        None if planned is None else bool(planned),
        *rest,
    )


DEPLOYMENT = Entity(
    name="deployment",
    type=_deployment,
    since=15,
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        _SERVICE,
        Field(name="environment", type=NAME),
        Field(name="finished_at", type=MOMENT, what="the end", public="finished"),
        Field(name="result", type=word_type(DeploymentResult), default="success"),
        Field(name="started_at", type=MAYBE_MOMENT, default=None, what="the start"),
        Field(name="ref", type=_REF, default="", what="the branch or tag"),
        Field(name="commits", type=_COMMITS, default=()),
        Field(name="items", type=_ITEMS, default=()),
        Field(name="planned", type=_MAYBE_FLAG, default=None),
        Field(name="because", type=REFERENCE, default=None, refers_to="incident"),
        Field(name="source_id", type=_REF, default="", fixed=True, what="the id"),
    ),
    kinds=("deployment_recorded", "deployment_corrected", "deployment_removed"),
    added="recorded deployment {number} of {service} to {environment}: {result}",
    changed="corrected the deployment",
    removed="took back deployment {number} of {service} to {environment}",
    add_usage="vsm deploy record --service S --env production --status success",
    is_on_screen=False,
    has_noun=False,
    is_numbered=True,
)


def _incident(number: int, *values: Any) -> Incident:
    name, service, opened, title, severity, resolved, cause, link, no_cause, item, source = values
    return Incident(
        number,
        name,
        service,
        opened,
        title,
        severity,
        resolved,
        cause,
        None if link is None else CauseLink(link),
        bool(no_cause),
        item,
        source,
    )


INCIDENT = Entity(
    name="incident",
    type=_incident,
    since=15,
    fields=(
        Field(name="name", type=NAME, fixed=True, what="the incident's name", heading="INCIDENT"),
        _SERVICE,
        Field(name="opened_at", type=MOMENT, what="the opening", public="opened"),
        Field(name="title", type=_REF, default=""),
        Field(name="severity", type=_REF, default=""),
        Field(name="resolved_at", type=MAYBE_MOMENT, default=None, public="resolved"),
        Field(
            name="caused_by",
            type=REFERENCE,
            default=None,
            refers_to="deployment",
            what="the cause",
            public="cause",
        ),
        Field(name="link", type=optional_word_type(CauseLink), default=None),
        Field(name="no_cause", type=FLAG, default=False, public="no deployment caused it"),
        Field(name="work_item", type=_ITEM, default=None, public="item"),
        Field(name="source_id", type=_REF, default="", fixed=True),
    ),
    kinds=("incident_recorded", "incident_changed", "incident_removed"),
    added="recorded the incident {name} of {service}",
    changed="changed the incident",
    removed="took back the incident {name}",
    add_usage="vsm incident open NAME --service S",
    in_use=("is the reason of a deployment", "change that deployment first"),
    beside="title",
    is_on_screen=False,
    has_noun=False,
)


def _change(number: int, _key: str, service: int, ref: str, *values: Any) -> Change:
    first, proposed, reviewed, merged, commits, items, is_revert = values
    return Change(
        number,
        service,
        ref,
        first,
        proposed,
        reviewed,
        merged,
        items=items,
        is_revert=bool(is_revert),
        commits=commits,
    )


CHANGE = Entity(
    name="change",
    type=_change,
    since=15,
    table="service_change",
    key="number",
    title="number",
    fields=(
        NUMBER_FIELD,
        _SERVICE,
        Field(name="ref", type=_REF, fixed=True, what="the reference"),
        Field(name="first_commit_at", type=MAYBE_MOMENT, default=None, what="the first commit"),
        Field(name="proposed_at", type=MAYBE_MOMENT, default=None, what="the proposal"),
        Field(name="reviewed_at", type=MAYBE_MOMENT, default=None, what="the first review"),
        Field(name="merged_at", type=MAYBE_MOMENT, default=None, what="the merge"),
        Field(name="commits", type=_COMMITS, default=()),
        Field(name="items", type=_ITEMS, default=()),
        Field(name="is_revert", type=FLAG, default=False),
    ),
    kinds=("change_recorded", "change_corrected", "change_removed"),
    added="recorded the change {ref} of {service}",
    changed="corrected the change",
    removed="took back the change {ref} of {service}",
    add_usage="vsm deploy record --changes FILE",
    is_on_screen=False,
    has_noun=False,
    is_numbered=True,
)

DELIVERY: tuple[Entity[Any], ...] = (SERVICE, DEPLOYMENT, INCIDENT, CHANGE)
"""All of them."""
