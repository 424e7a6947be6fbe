"""Strategies, their immutable versions, and the catalog of what their owners published."""

from alembic import op

from fairlead.infra.rls import CURRENT_TENANT, protect, share

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the strategies slice."""
    _strategies()
    _versions()
    _catalog()
    _usage()


def _strategies() -> None:
    op.execute("""
        CREATE TABLE strategies (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            slug text NOT NULL,
            name text NOT NULL,
            description text NOT NULL DEFAULT '',
            tags text[] NOT NULL DEFAULT '{}',
            active boolean NOT NULL DEFAULT true,
            visibility text NOT NULL DEFAULT 'private'
                CHECK (visibility IN ('private', 'public')),
            current_version integer NOT NULL CHECK (current_version > 0),
            latest_version integer NOT NULL CHECK (latest_version >= current_version),
            revision integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            deleted_at timestamptz,
            PRIMARY KEY (user_id, id),
            CHECK (deleted_at IS NULL OR visibility = 'private')
        )
    """)
    op.execute(
        "CREATE UNIQUE INDEX strategies_slug ON strategies (user_id, slug) WHERE deleted_at IS NULL"
    )
    op.execute("CREATE INDEX strategies_updated ON strategies (user_id, updated_at, id)")
    protect(op, "strategies", app="SELECT,INSERT,UPDATE", engine="SELECT (user_id, id, name)")


def _versions() -> None:
    op.execute("""
        CREATE TABLE strategy_versions (
            user_id uuid NOT NULL,
            id uuid NOT NULL UNIQUE,
            strategy_id uuid NOT NULL,
            number integer NOT NULL CHECK (number > 0),
            hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
            kind text NOT NULL CHECK (kind IN ('rules')),
            definition jsonb NOT NULL,
            note text NOT NULL DEFAULT '',
            created_at timestamptz NOT NULL,
            deprecated_at timestamptz,
            PRIMARY KEY (user_id, id),
            UNIQUE (user_id, strategy_id, number),
            FOREIGN KEY (user_id, strategy_id) REFERENCES strategies (user_id, id)
        )
    """)
    # Only versions run, and they are pinned by their content: nothing may change under them.
    op.execute("""
        CREATE FUNCTION strategy_versions_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION 'a version is never deleted';
            END IF;
            IF ROW(NEW.user_id, NEW.id, NEW.strategy_id, NEW.number, NEW.hash, NEW.kind,
                   NEW.definition, NEW.note, NEW.created_at)
               IS DISTINCT FROM
               ROW(OLD.user_id, OLD.id, OLD.strategy_id, OLD.number, OLD.hash, OLD.kind,
                   OLD.definition, OLD.note, OLD.created_at) THEN
                RAISE EXCEPTION 'a version is never changed';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER strategy_versions_immutable BEFORE UPDATE OR DELETE ON strategy_versions
        FOR EACH ROW EXECUTE FUNCTION strategy_versions_immutable()
    """)
    protect(
        op,
        "strategy_versions",
        app="SELECT,INSERT,UPDATE (deprecated_at)",
        engine="SELECT",
        system="SELECT",
    )


def _catalog() -> None:
    # A snapshot: what others see is copied here, so nobody ever reads an author's own rows.
    op.execute("""
        CREATE TABLE catalog_entries (
            strategy_id uuid NOT NULL PRIMARY KEY,
            author_id uuid NOT NULL,
            author_name text NOT NULL,
            version_id uuid NOT NULL,
            number integer NOT NULL,
            hash text NOT NULL,
            kind text NOT NULL,
            slug text NOT NULL,
            name text NOT NULL,
            description text NOT NULL,
            tags text[] NOT NULL,
            timeframe text NOT NULL,
            instruments text[] NOT NULL,
            parameters jsonb NOT NULL,
            definition jsonb,
            published_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX catalog_entries_newest ON catalog_entries (published_at, strategy_id)")
    op.execute("CREATE INDEX catalog_entries_tags ON catalog_entries USING gin (tags)")
    _published_versions()
    _evidence()
    _only_authors_write("catalog_entries", "SELECT,INSERT,UPDATE,DELETE")


def _published_versions() -> None:
    op.execute("""
        CREATE TABLE catalog_versions (
            version_id uuid NOT NULL PRIMARY KEY,
            strategy_id uuid NOT NULL,
            author_id uuid NOT NULL,
            number integer NOT NULL,
            hash text NOT NULL,
            timeframe text NOT NULL,
            instruments text[] NOT NULL,
            parameters jsonb NOT NULL,
            note text NOT NULL,
            published_at timestamptz NOT NULL,
            deprecated_at timestamptz,
            withdrawn_at timestamptz,
            UNIQUE (strategy_id, number)
        )
    """)
    _only_authors_write("catalog_versions", "SELECT,INSERT,UPDATE")


def _evidence() -> None:
    op.execute("""
        CREATE TABLE catalog_evidence (
            strategy_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('backtest', 'live')),
            author_id uuid NOT NULL,
            version_id uuid NOT NULL,
            figures jsonb NOT NULL,
            equity jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            PRIMARY KEY (strategy_id, kind)
        )
    """)
    _only_authors_write(
        "catalog_evidence", "SELECT,INSERT,UPDATE,DELETE", engine="SELECT,INSERT,UPDATE"
    )
    # the live figures of a version are the engine's to write, nobody else's
    op.execute(
        "CREATE POLICY catalog_evidence_engine ON catalog_evidence FOR ALL TO fairlead_engine "
        "USING (kind = 'live') WITH CHECK (kind = 'live')"
    )
    op.execute(
        "CREATE POLICY catalog_evidence_measured ON catalog_evidence AS RESTRICTIVE "
        "FOR INSERT TO fairlead_app WITH CHECK (kind = 'backtest')"
    )
    op.execute(
        "CREATE POLICY catalog_evidence_kept ON catalog_evidence AS RESTRICTIVE "
        "FOR UPDATE TO fairlead_app USING (kind = 'backtest') WITH CHECK (kind = 'backtest')"
    )


def _only_authors_write(table: str, rights: str, engine: str = "SELECT") -> None:
    """Let everybody read a shared table, and an author alone write its rows."""
    share(op, table, app=rights, engine=engine, system="SELECT")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_read ON {table} FOR SELECT USING (true)")
    own = f"author_id = {CURRENT_TENANT}"
    op.execute(
        f"CREATE POLICY {table}_insert ON {table} FOR INSERT TO fairlead_app WITH CHECK ({own})"
    )
    op.execute(
        f"CREATE POLICY {table}_update ON {table} FOR UPDATE TO fairlead_app "
        f"USING ({own}) WITH CHECK ({own})"
    )
    op.execute(f"CREATE POLICY {table}_delete ON {table} FOR DELETE TO fairlead_app USING ({own})")


def _usage() -> None:
    # Counted by the engine from books: how many follow a version, without saying who.
    op.execute("""
        CREATE TABLE version_usage (
            version_id uuid NOT NULL PRIMARY KEY,
            strategy_id uuid NOT NULL,
            subscribers integer NOT NULL DEFAULT 0 CHECK (subscribers >= 0),
            updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
        ) WITH (fillfactor = 50)
    """)
    op.execute("CREATE INDEX version_usage_strategy ON version_usage (strategy_id)")
    share(op, "version_usage", engine="SELECT,INSERT,UPDATE", system="SELECT")


def downgrade() -> None:
    """Drop everything of this revision."""
    op.execute(
        "DROP TABLE version_usage, catalog_evidence, catalog_versions, catalog_entries, "
        "strategy_versions, strategies"
    )
    op.execute("DROP FUNCTION strategy_versions_immutable")
