"""Declarations of sources: trackers that are read over the network, and items gone from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vsm.model.entity import Entity, Field
from vsm.model.field_types import (
    COUNT,
    FLAG,
    MOMENT,
    NAME,
    REFERENCE,
    InvalidValue,
    name_of,
    text_of,
    word_type,
)
from vsm.model.source import (
    EVERY_MINUTES,
    Direction,
    GoneItem,
    Source,
    SourceKind,
    WriteOutcome,
    Written,
    base_address,
    board_reference,
    secret_reference,
)

_LINE = replace(
    NAME, read=lambda what, value: " ".join(text_of(what, str(value or ""), 4000).split())
)
"""One line that may be empty."""


def _read_name(what: str, value: Any) -> str:
    name = name_of(what, str(value or ""))
    if not all(c.isalnum() or c in "-_." for c in name) or name.startswith("."):
        raise InvalidValue(
            f"{what}: {name!r} is also the name of a folder", "use a-z, 0-9, - and _"
        )
    return name


def _read_scope(what: str, value: Any) -> str:
    scope = " ".join(text_of(what, str(value or ""), 4000).split())
    if not scope:
        raise InvalidValue(f"{what} is empty", "say what to read: a query or a repository")
    return scope


SOURCE = Entity(
    name="source",
    type=Source,
    since=15,
    table="work_source",
    fields=(
        Field(
            name="name",
            type=replace(NAME, read=_read_name),
            fixed=True,
            what="the source's name",
            heading="SOURCE",
        ),
        Field(name="system", type=word_type(SourceKind), fixed=True, heading="KIND"),
        Field(
            name="base",
            type=replace(NAME, read=base_address),
            fixed=True,
            what="the address",
            label="Address",
        ),
        Field(
            name="scope",
            type=replace(NAME, read=_read_scope),
            help="Read this: a JQL query, owner/repository, or the path of a GitLab project.",
        ),
        Field(
            name="only",
            type=REFERENCE,
            refers_to="stream",
            public="stream",
            fixed=True,
            what="the stream",
        ),
        Field(
            name="auth",
            type=replace(NAME, read=secret_reference),
            what="--auth",
            help="Where the token is: env:NAME, keyring:NAME or file:PATH (mode 0600).",
        ),
        Field(name="mapping", type=replace(_LINE, read=board_reference), default="", fixed=True),
        Field(
            name="direction",
            type=word_type(Direction),
            default=Direction.READ.value,
        ),
        Field(
            name="every",
            type=COUNT,
            default=EVERY_MINUTES,
            what="minutes between runs",
            help="Minutes between two runs of vsm sync watch; later than twice this is late.",
            nothing="never",
        ),
        Field(name="ca", type=_LINE, default="", help="File with the certificate of a private CA."),
        Field(name="origin", type=_LINE, default="", fixed=True),
        Field(
            name="evidence",
            type=FLAG,
            default=False,
            help="Record merged requests, builds and deployments as evidence: yes or no.",
        ),
        Field(name="written_after", type=COUNT, default=None),
    ),
    beside="base",
    add_usage="vsm sync add jira URL --jql QUERY --stream NAME --auth env:NAME",
    has_noun=False,
    is_on_screen=False,
)

GONE = Entity(
    name="gone",
    type=GoneItem,
    label="item gone upstream",
    since=13,
    table="gone_item",
    key="key",
    title="key",
    fields=(
        Field(name="key", type=NAME, fixed=True),
        Field(name="source", type=REFERENCE, refers_to="source", fixed=True),
        Field(name="since", type=MOMENT, fixed=True),
    ),
    kinds=("item_gone", "item_gone_changed", "item_back"),
    added="{key} is gone from its source",
    removed="{key} is back in its source",
    replaces=True,
    add_usage="vsm sync run",
    has_noun=False,
    is_on_screen=False,
)

WRITTEN = Entity(
    name="written",
    type=Written,
    label="write-back",
    since=15,
    table="written_change",
    key="entry",
    title="entry",
    fields=(
        Field(name="entry", type=replace(NAME, published=int), fixed=True),
        # No reference: what was written stays known when the source is removed and added anew.
        Field(name="source", type=COUNT, fixed=True),
        Field(name="outcome", type=word_type(WriteOutcome)),
        Field(name="upstream", type=_LINE, default=""),
        Field(name="why", type=_LINE, default=""),
    ),
    kinds=("change_written", "written_changed", "written_removed"),
    added="write-back of entry {entry}: {outcome}",
    removed="no longer knows the write-back of entry {entry}",
    replaces=True,
    add_usage="vsm sync run",
    has_noun=False,
    is_on_screen=False,
)

SOURCES: tuple[Entity[Any], ...] = (SOURCE, GONE, WRITTEN)
"""All of them."""
