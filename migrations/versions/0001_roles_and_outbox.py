"""Outbox, events and the queue of jobs."""

from pathlib import Path

from alembic import op

from fairlead.infra.rls import protect, share

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

QUEUE_SCHEMA = Path(__file__).parents[1] / "sql" / "procrastinate_3_10_0.sql"


def upgrade() -> None:
    """Create what every slice stands on."""
    _outbox()
    _queue()


def _outbox() -> None:
    op.execute("""
        CREATE TABLE outbox (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            type text NOT NULL,
            at timestamptz NOT NULL DEFAULT clock_timestamp(),
            data jsonb NOT NULL,
            PRIMARY KEY (user_id, id)
        ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)
    """)
    op.execute("CREATE INDEX outbox_order ON outbox (id)")
    op.execute("""
        CREATE TABLE event_heads (
            user_id uuid NOT NULL PRIMARY KEY,
            seq bigint NOT NULL CHECK (seq > 0)
        ) WITH (fillfactor = 50)
    """)
    op.execute("""
        CREATE TABLE events (
            user_id uuid NOT NULL,
            seq bigint NOT NULL,
            id uuid NOT NULL,
            type text NOT NULL,
            at timestamptz NOT NULL,
            data jsonb NOT NULL,
            PRIMARY KEY (user_id, seq)
        )
    """)
    op.execute("CREATE INDEX events_age ON events USING brin (at)")
    protect(op, "outbox", app="INSERT", engine="INSERT", system="SELECT,INSERT,UPDATE,DELETE")
    protect(op, "event_heads", app="SELECT", system="SELECT,INSERT,UPDATE,DELETE")
    protect(op, "events", app="SELECT", system="SELECT,INSERT,DELETE")


def _queue() -> None:
    op.execute("CREATE SCHEMA jobs")
    op.execute("SET LOCAL search_path TO jobs, pg_temp")
    # exec_driver_sql: the file holds colons and percent signs that are not parameters
    connection = op.get_bind().connection.driver_connection
    assert connection is not None
    connection.execute(QUEUE_SCHEMA.read_bytes())
    op.execute("SET LOCAL search_path TO DEFAULT")
    # Callers keep their own search path: each function brings the schema it needs.
    op.execute("""
        DO $$
        DECLARE
            name regprocedure;
        BEGIN
            FOR name IN SELECT oid FROM pg_proc WHERE pronamespace = 'jobs'::regnamespace LOOP
                EXECUTE format('ALTER FUNCTION %s SET search_path = jobs, pg_temp', name);
            END LOOP;
        END $$
    """)
    op.execute("GRANT USAGE ON SCHEMA jobs TO fairlead_app, fairlead_engine, fairlead_system")
    op.execute(
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs "
        "TO fairlead_app, fairlead_engine, fairlead_system"
    )
    enqueue = "INSERT,SELECT (id)"
    share(
        op,
        "jobs.procrastinate_jobs",
        app=enqueue,
        engine=enqueue,
        system="SELECT,INSERT,UPDATE,DELETE",
    )
    share(
        op,
        "jobs.procrastinate_events",
        app="INSERT",
        engine="INSERT",
        system="SELECT,INSERT,UPDATE,DELETE",
    )
    for table in ("jobs.procrastinate_periodic_defers", "jobs.procrastinate_workers"):
        share(op, table, app="", system="SELECT,INSERT,UPDATE,DELETE")


def downgrade() -> None:
    """Drop everything of this revision."""
    op.execute("DROP SCHEMA jobs CASCADE")
    op.execute("DROP TABLE events, event_heads, outbox")
