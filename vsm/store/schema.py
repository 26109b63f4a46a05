"""The tables: the journal, and what is projected from it.

The journal and ``meta`` are changed by migrations only. The other tables can be dropped and
replayed at any time; they are when ``PROJECTION_VERSION`` grows.
"""

from __future__ import annotations

from vsm.model.declared import TimeBasis
from vsm.model.entities import ENTITIES
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.store.entities import index_definitions, table_definitions

APPLICATION_ID = 0x76736D31
"""``vsm1`` in the file's header: whose file it is."""

PROJECTION_VERSION = max(13, *(entity.since for entity in ENTITIES.values()))
"""Grows with each change of the projected tables or of how events fill them."""

JOURNAL = (
    """
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE journal(
        seq INTEGER PRIMARY KEY CHECK (seq > 0),
        grp INTEGER NOT NULL CHECK (grp <= seq),
        undoes INTEGER,
        item INTEGER,
        item_version INTEGER,
        at INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        session TEXT NOT NULL,
        source TEXT NOT NULL,
        source_event_id TEXT,
        stream INTEGER,
        kind TEXT NOT NULL,
        v INTEGER NOT NULL,
        payload TEXT,
        payload_hash BLOB NOT NULL CHECK (length(payload_hash) = 32),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        CHECK ((item IS NULL) = (item_version IS NULL))
    ) STRICT
    """,
    "CREATE UNIQUE INDEX journal_item ON journal(item, item_version) WHERE item IS NOT NULL",
    """
    CREATE TRIGGER journal_keeps_rows BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
    """,
    """
    CREATE TRIGGER journal_keeps_facts BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
    """,
)

_CATEGORIES = "'backlog', 'queue', 'active', 'done', 'dropped'"
_BEHAVIOURS = ", ".join(f"'{behaviour}'" for behaviour in StageBehaviour)
_MAP_TIMES = ", ".join(f"'{basis}'" for basis in TimeBasis)
_MOVE_ENTRIES = ", ".join(f"'{entry}'" for entry in MoveEntry)

PROJECTED = {
    "counter": """
        CREATE TABLE counter(kind TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID
    """,
    "person": """
        CREATE TABLE person(number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT
    """,
    "change_group": """
        CREATE TABLE change_group(
            grp INTEGER PRIMARY KEY, last INTEGER NOT NULL, undoes INTEGER, run INTEGER,
            actor TEXT NOT NULL, session TEXT NOT NULL, recorded_at INTEGER NOT NULL
        ) STRICT
    """,
    "stream": f"""
        CREATE TABLE stream(
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_fold TEXT NOT NULL UNIQUE,
            zone TEXT NOT NULL, prefix TEXT NOT NULL, commitment INTEGER,
            version INTEGER NOT NULL, last_number INTEGER NOT NULL, last_activity INTEGER,
            workdays TEXT NOT NULL, holidays TEXT NOT NULL, types TEXT NOT NULL,
            vocabulary TEXT NOT NULL, link TEXT NOT NULL,
            move_entry TEXT NOT NULL CHECK (move_entry IN ({_MOVE_ENTRIES})),
            map_time TEXT NOT NULL CHECK (map_time IN ({_MAP_TIMES})),
            group_limits TEXT NOT NULL
        ) STRICT
    """,
    **table_definitions(),
    "stage": f"""
        CREATE TABLE stage(
            id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream(id),
            name TEXT NOT NULL, name_fold TEXT NOT NULL,
            category TEXT NOT NULL CHECK (category IN ({_CATEGORIES})),
            position INTEGER NOT NULL, team INTEGER REFERENCES team(id),
            wip_limit INTEGER CHECK (wip_limit > 0),
            limit_kind TEXT NOT NULL CHECK (limit_kind IN ('none', 'soft', 'hard')),
            policy TEXT NOT NULL, class_limits TEXT NOT NULL, retired INTEGER NOT NULL,
            behaviour TEXT NOT NULL CHECK (behaviour IN ({_BEHAVIOURS})),
            process_days REAL CHECK (process_days >= 0), wait_days REAL CHECK (wait_days >= 0),
            complete_accurate REAL CHECK (complete_accurate > 0 AND complete_accurate <= 1),
            declared_note TEXT NOT NULL, note TEXT NOT NULL,
            exempt TEXT NOT NULL,
            UNIQUE (stream, name_fold)
        ) STRICT
    """,
    "edge": """
        CREATE TABLE edge(
            stream INTEGER NOT NULL REFERENCES stream(id),
            source INTEGER NOT NULL REFERENCES stage(id),
            target INTEGER NOT NULL REFERENCES stage(id),
            kind TEXT NOT NULL CHECK (kind IN ('forward', 'rework')),
            place INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (source, target)
        ) STRICT, WITHOUT ROWID
    """,
    "item": """
        CREATE TABLE item(
            id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE COLLATE NOCASE,
            stream INTEGER NOT NULL REFERENCES stream(id),
            stage INTEGER NOT NULL REFERENCES stage(id),
            rank INTEGER NOT NULL, expedite INTEGER NOT NULL,
            title TEXT NOT NULL, description TEXT NOT NULL,
            type TEXT NOT NULL, type_fold TEXT NOT NULL, flow_type TEXT NOT NULL,
            service TEXT NOT NULL, owner TEXT, owner_fold TEXT,
            team INTEGER REFERENCES team(id), estimate REAL, due TEXT,
            labels TEXT NOT NULL, labels_fold TEXT NOT NULL, parent TEXT COLLATE NOCASE,
            search TEXT NOT NULL, version INTEGER NOT NULL,
            created INTEGER NOT NULL, entered INTEGER NOT NULL,
            archived INTEGER NOT NULL, blocked INTEGER, quality TEXT NOT NULL, run INTEGER,
            transferred INTEGER NOT NULL DEFAULT 0
        ) STRICT
    """,
    "visit": """
        CREATE TABLE visit(
            item INTEGER NOT NULL, n INTEGER NOT NULL, stage INTEGER NOT NULL,
            entered INTEGER NOT NULL, left INTEGER, PRIMARY KEY (item, n)
        ) STRICT, WITHOUT ROWID
    """,
    "block": """
        CREATE TABLE block(
            id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item(id),
            kind TEXT NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL,
            started INTEGER NOT NULL, ended INTEGER
        ) STRICT
    """,
    "comment": """
        CREATE TABLE comment(
            id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item(id),
            at INTEGER NOT NULL, by TEXT NOT NULL, text TEXT NOT NULL
        ) STRICT
    """,
    "link": """
        CREATE TABLE link(
            kind TEXT NOT NULL, source TEXT NOT NULL COLLATE NOCASE,
            target TEXT NOT NULL COLLATE NOCASE, item INTEGER NOT NULL REFERENCES item(id),
            PRIMARY KEY (source, kind, target, item)
        ) STRICT, WITHOUT ROWID
    """,
    "agreement": """
        CREATE TABLE agreement(
            source TEXT NOT NULL COLLATE NOCASE, target TEXT NOT NULL COLLATE NOCASE,
            state TEXT, need_by TEXT, PRIMARY KEY (source, target)
        ) STRICT, WITHOUT ROWID
    """,
    "evidence": """
        CREATE TABLE evidence(
            id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES item(id),
            kind TEXT NOT NULL, ref TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL,
            status TEXT NOT NULL, details TEXT NOT NULL, sha256 TEXT NOT NULL,
            origin TEXT NOT NULL, recorded_at INTEGER NOT NULL, recorded_by TEXT NOT NULL
        ) STRICT
    """,
    "evaluation": """
        CREATE TABLE evaluation(
            seq INTEGER NOT NULL, control INTEGER NOT NULL, item INTEGER NOT NULL,
            stream INTEGER NOT NULL, source INTEGER, target INTEGER NOT NULL,
            at INTEGER NOT NULL, judged_at INTEGER NOT NULL, version TEXT NOT NULL,
            verdict TEXT NOT NULL,
            disposition TEXT NOT NULL, mode TEXT NOT NULL, facts TEXT NOT NULL,
            missing TEXT NOT NULL, problem TEXT NOT NULL, waiver INTEGER,
            emergency TEXT NOT NULL, refused INTEGER NOT NULL, PRIMARY KEY (seq, control)
        ) STRICT, WITHOUT ROWID
    """,
    "sprint_member": """
        CREATE TABLE sprint_member(
            sprint INTEGER NOT NULL, item INTEGER NOT NULL REFERENCES item(id),
            n INTEGER NOT NULL, entered INTEGER NOT NULL, left INTEGER,
            reason TEXT NOT NULL, left_reason TEXT NOT NULL, by TEXT NOT NULL,
            left_by TEXT NOT NULL, imported INTEGER NOT NULL, PRIMARY KEY (sprint, item, n)
        ) STRICT, WITHOUT ROWID
    """,
    "sprint_commitment": """
        CREATE TABLE sprint_commitment(
            sprint INTEGER NOT NULL, item INTEGER NOT NULL, estimate REAL,
            PRIMARY KEY (sprint, item)
        ) STRICT, WITHOUT ROWID
    """,
    "sprint_change": """
        CREATE TABLE sprint_change(
            seq INTEGER PRIMARY KEY, sprint INTEGER NOT NULL, at INTEGER NOT NULL,
            before TEXT NOT NULL
        ) STRICT
    """,
    "delivery_change": """
        CREATE TABLE delivery_change(
            seq INTEGER PRIMARY KEY, entity TEXT NOT NULL, number INTEGER NOT NULL,
            at INTEGER NOT NULL, before TEXT
        ) STRICT
    """,
    "item_flow": """
        CREATE TABLE item_flow(
            item INTEGER PRIMARY KEY, stream INTEGER NOT NULL, start INTEGER, finish INTEGER,
            cycle_days INTEGER, lead_days INTEGER, age_from INTEGER
        ) STRICT
    """,
    "imported": """
        CREATE TABLE imported(
            item INTEGER PRIMARY KEY, source TEXT NOT NULL, source_key TEXT NOT NULL,
            run INTEGER NOT NULL, digest TEXT NOT NULL, version INTEGER NOT NULL,
            seq INTEGER NOT NULL, UNIQUE (source, source_key)
        ) STRICT
    """,
    "import_run": """
        CREATE TABLE import_run(
            id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, format TEXT NOT NULL,
            file TEXT NOT NULL, sha256 TEXT NOT NULL, grp INTEGER NOT NULL, at INTEGER NOT NULL,
            items INTEGER NOT NULL, transitions INTEGER NOT NULL, links INTEGER NOT NULL,
            mapping TEXT NOT NULL, withdrawn INTEGER NOT NULL
        ) STRICT
    """,
}
"""Projected tables in the order in which they refer to each other."""

INDEXES = (
    "CREATE INDEX item_board ON item(stage, archived, expedite DESC, rank)",
    "CREATE INDEX item_entered ON item(stage, archived, entered)",
    "CREATE INDEX item_parent ON item(parent) WHERE parent IS NOT NULL",
    "CREATE INDEX item_run ON item(run) WHERE run IS NOT NULL",
    "CREATE INDEX block_item ON block(item)",
    "CREATE INDEX comment_item ON comment(item)",
    "CREATE INDEX evidence_item ON evidence(item)",
    "CREATE INDEX evaluation_item ON evaluation(item)",
    "CREATE INDEX link_target ON link(target, kind)",
    "CREATE INDEX link_item ON link(item)",
    "CREATE INDEX flow_finish ON item_flow(stream, finish, cycle_days)",
    "CREATE INDEX sprint_member_item ON sprint_member(item)",
    "CREATE INDEX sprint_change_sprint ON sprint_change(sprint)",
    "CREATE INDEX deployment_source ON deployment(source_id) WHERE source_id <> ''",
    "CREATE INDEX deployment_finished ON deployment(service, finished_at)",
    "CREATE INDEX service_change_ref ON service_change(ref)",
    "CREATE INDEX delivery_change_at ON delivery_change(entity, at)",
    "CREATE INDEX group_actor ON change_group(actor, grp)",
    *index_definitions(),
)

TABLES = frozenset(("journal", "meta", *PROJECTED))
"""Every table that vsm reads or writes."""
TRIGGERS = frozenset(("journal_keeps_rows", "journal_keeps_facts"))
"""The triggers that keep the journal append-only."""
