"""The tables of a journal server, and what it does not let anybody do with them."""

from __future__ import annotations

from vsm.store import journal
from vsm.store.schema import PROJECTION_VERSION

SCHEMA = 1
"""The version of these tables."""
CLIENT = PROJECTION_VERSION
"""What this program is as a client: a server may ask for one that is at least so new."""
CHANNEL = "vsm"
"""Where a server says that there are new entries."""

_TRIGGER = """
CREATE FUNCTION vsm.keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('vsm.takes_out', true) = 'on'
     AND (to_jsonb(OLD) - 'actor' - 'payload') = (to_jsonb(NEW) - 'actor' - 'payload') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the journal is append-only';
END $$
"""
_TAKE_OUT = """
CREATE FUNCTION vsm.take_out(seqs bigint[], actors text[], payloads text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM set_config('vsm.takes_out', 'on', true);
  UPDATE vsm.journal j SET actor = n.actor, payload = n.payload
    FROM unnest(seqs, actors, payloads) AS n(seq, actor, payload) WHERE j.seq = n.seq;
  PERFORM set_config('vsm.takes_out', 'off', true);
END $$
"""

CREATE = (
    "CREATE SCHEMA vsm",
    """
    CREATE TABLE vsm.journal(
        seq bigint PRIMARY KEY CHECK (seq > 0), grp bigint NOT NULL CHECK (grp <= seq),
        undoes bigint, item bigint, item_version bigint, at bigint NOT NULL,
        recorded_at bigint NOT NULL, actor text NOT NULL, session text NOT NULL,
        source text NOT NULL, source_event_id text, stream bigint, kind text NOT NULL,
        v bigint NOT NULL, payload text NOT NULL,
        payload_hash bytea NOT NULL CHECK (length(payload_hash) = 32),
        hash bytea NOT NULL CHECK (length(hash) = 32),
        CHECK ((item IS NULL) = (item_version IS NULL))
    )
    """,
    "CREATE UNIQUE INDEX journal_item ON vsm.journal(item, item_version) WHERE item IS NOT NULL",
    "CREATE INDEX journal_redacted ON vsm.journal(seq) WHERE kind = 'entries_redacted'",
    _TRIGGER,
    """
    CREATE TRIGGER journal_keeps_facts BEFORE UPDATE OR DELETE ON vsm.journal
    FOR EACH ROW EXECUTE FUNCTION vsm.keep()
    """,
    """
    CREATE TRIGGER journal_keeps_rows BEFORE TRUNCATE ON vsm.journal
    FOR EACH STATEMENT EXECUTE FUNCTION vsm.keep()
    """,
    _TAKE_OUT,
    """
    CREATE TABLE vsm.head(
        one boolean PRIMARY KEY DEFAULT true CHECK (one), seq bigint NOT NULL,
        hash bytea NOT NULL CHECK (length(hash) = 32)
    )
    """,
    "CREATE TABLE vsm.meta(key text PRIMARY KEY, value text NOT NULL)",
    """
    CREATE TABLE vsm.long_turn(
        id text PRIMARY KEY, what text NOT NULL, since timestamptz NOT NULL DEFAULT now(),
        seconds double precision NOT NULL
    )
    """,
    "REVOKE ALL ON FUNCTION vsm.take_out(bigint[], text[], text[]) FROM PUBLIC",
)
ROLES = (
    "GRANT USAGE ON SCHEMA vsm TO {reader}, {writer}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA vsm TO {reader}, {writer}",
    "GRANT INSERT ON vsm.journal TO {writer}",
    "GRANT UPDATE ON vsm.head TO {writer}",
    "GRANT INSERT, UPDATE, DELETE ON vsm.long_turn TO {writer}",
    "GRANT EXECUTE ON FUNCTION vsm.take_out(bigint[], text[], text[]) TO {writer}",
)
WRITER, READER = "vsm_writer", "vsm_reader"
"""Roles that hosts are given: to write, and to look only."""

BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
LOOK = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
COMMIT, ROLLBACK = "COMMIT", "ROLLBACK"
TOUCH = "UPDATE vsm.head SET seq = seq"
LIMITS = (
    "SELECT set_config('idle_in_transaction_session_timeout', %s, true),"
    " set_config('statement_timeout', %s, true)"
)
UNLIMITED = "SET LOCAL statement_timeout = 0"
HEAD = "SELECT seq, hash FROM vsm.head"
TURN = f"{HEAD} FOR UPDATE"
NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
META = "SELECT key, value FROM vsm.meta"
ENTRIES = f"SELECT {journal.COLUMNS} FROM vsm.journal WHERE seq >= %s ORDER BY seq LIMIT %s"
SOME = f"SELECT {journal.COLUMNS} FROM vsm.journal WHERE seq = ANY(%s) ORDER BY seq"
HASH = "SELECT hash FROM vsm.journal WHERE seq = %s"
REDACTED = "SELECT payload FROM vsm.journal WHERE kind = 'entries_redacted' ORDER BY seq"
INSERT = f"INSERT INTO vsm.journal({journal.COLUMNS}) VALUES({', '.join(['%s'] * 17)})"
COPY_IN = f"COPY vsm.journal({journal.COLUMNS}) FROM STDIN"
COPY_OUT = f"COPY (SELECT {journal.COLUMNS} FROM vsm.journal ORDER BY seq) TO STDOUT"
TAKE_OUT = "SELECT vsm.take_out(%s::bigint[], %s::text[], %s::text[])"
ADVANCE = "UPDATE vsm.head SET seq = %s, hash = %s"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', %s)"
LISTEN = f"LISTEN {CHANNEL}"
STAY = "SET idle_session_timeout = 0"
ANNOUNCE = """
INSERT INTO vsm.long_turn(id, what, seconds) VALUES(%s, %s, %s)
ON CONFLICT (id) DO UPDATE SET what = excluded.what, since = now(), seconds = excluded.seconds
"""
END_LONG = "DELETE FROM vsm.long_turn WHERE id = %s OR since < now() - interval '1 hour'"
LONG = """
SELECT what, ceil(extract(epoch FROM since) + seconds - extract(epoch FROM clock_timestamp()))
FROM vsm.long_turn WHERE since > now() - interval '5 minutes' ORDER BY since LIMIT 1
"""
