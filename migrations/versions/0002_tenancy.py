"""People, their credentials, the audit log, tenants' data keys and idempotency keys."""

from alembic import op

from fairlead.infra.rls import protect, share

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the tenancy slice."""
    _users()
    _sessions()
    _api_keys()
    _tickets()
    _secrets()
    _idempotency()
    _audit()
    # Readiness compares it with what the code expects.
    op.execute("GRANT SELECT ON alembic_version TO fairlead_system")


def _users() -> None:
    op.execute("""
        CREATE TABLE users (
            user_id uuid NOT NULL PRIMARY KEY,
            email text NOT NULL UNIQUE,
            name text NOT NULL DEFAULT '',
            role text NOT NULL DEFAULT 'trader'
                CHECK (role IN ('trader', 'author', 'support', 'admin')),
            token_version integer NOT NULL DEFAULT 1,
            revision integer NOT NULL DEFAULT 1,
            email_verified_at timestamptz,
            disabled_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
    """)
    op.execute("CREATE INDEX users_created ON users (created_at, user_id)")
    op.execute("""
        CREATE TABLE identities (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            provider text NOT NULL CHECK (provider IN ('password')),
            subject text NOT NULL,
            secret_hash text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (user_id, provider, subject),
            UNIQUE (provider, subject)
        )
    """)
    op.execute("""
        CREATE TABLE sign_in_guards (
            subject_hash bytea NOT NULL PRIMARY KEY,
            failures integer NOT NULL,
            last_failed_at timestamptz NOT NULL,
            locked_until timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX sign_in_guards_age ON sign_in_guards (last_failed_at)")
    protect(
        op,
        "users",
        app="SELECT",
        engine="SELECT (user_id, disabled_at)",
        system="SELECT,INSERT,UPDATE",
    )
    protect(op, "identities", app="", system="SELECT,INSERT,UPDATE,DELETE")
    share(op, "sign_in_guards", app="", system="SELECT,INSERT,UPDATE,DELETE")


def _sessions() -> None:
    op.execute("""
        CREATE TABLE sessions (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            session_id uuid NOT NULL UNIQUE,
            device text NOT NULL,
            address text NOT NULL,
            created_at timestamptz NOT NULL,
            last_used_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz,
            revoked_reason text,
            PRIMARY KEY (user_id, session_id),
            CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
        )
    """)
    op.execute("""
        CREATE TABLE refresh_tokens (
            user_id uuid NOT NULL,
            token_hash bytea NOT NULL UNIQUE,
            session_id uuid NOT NULL,
            issued_at timestamptz NOT NULL,
            used_at timestamptz,
            PRIMARY KEY (user_id, token_hash),
            FOREIGN KEY (user_id, session_id) REFERENCES sessions ON DELETE CASCADE
        )
    """)
    op.execute("CREATE INDEX refresh_tokens_family ON refresh_tokens (user_id, session_id)")
    everything = "SELECT,INSERT,UPDATE,DELETE"
    protect(op, "sessions", app="SELECT", system=everything)
    protect(op, "refresh_tokens", app="", system=everything)


def _api_keys() -> None:
    op.execute("""
        CREATE TABLE api_keys (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            key_id uuid NOT NULL UNIQUE,
            key_hash bytea NOT NULL UNIQUE,
            prefix text NOT NULL,
            name text NOT NULL,
            scopes text[] NOT NULL,
            created_at timestamptz NOT NULL,
            last_used_at timestamptz,
            expires_at timestamptz,
            revoked_at timestamptz,
            PRIMARY KEY (user_id, key_id)
        )
    """)
    protect(
        op,
        "api_keys",
        app="SELECT,INSERT,UPDATE (revoked_at)",
        system="SELECT,UPDATE (last_used_at, revoked_at)",
    )


def _tickets() -> None:
    op.execute("""
        CREATE TABLE ws_tickets (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            ticket_hash bytea NOT NULL UNIQUE,
            role text NOT NULL,
            actor_id uuid NOT NULL,
            credential_id uuid NOT NULL,
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, ticket_hash)
        )
    """)
    protect(op, "ws_tickets", app="SELECT,INSERT,DELETE", system="SELECT,DELETE")


def _secrets() -> None:
    op.execute("""
        CREATE TABLE tenant_keys (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            version integer NOT NULL CHECK (version > 0),
            master_version integer NOT NULL CHECK (master_version > 0),
            wrapped bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (user_id, version)
        )
    """)
    op.execute("CREATE INDEX tenant_keys_master ON tenant_keys (master_version)")
    protect(
        op,
        "tenant_keys",
        app="SELECT,INSERT",
        engine="SELECT",
        system="SELECT,UPDATE (master_version, wrapped)",
    )


def _idempotency() -> None:
    op.execute("""
        CREATE TABLE idempotency_keys (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
            operation text NOT NULL,
            body_hash bytea NOT NULL,
            status integer,
            headers jsonb,
            body bytea,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (user_id, key)
        )
    """)
    op.execute("CREATE INDEX idempotency_keys_age ON idempotency_keys (user_id, created_at)")
    protect(op, "idempotency_keys")


def _audit() -> None:
    op.execute("""
        CREATE TABLE audit_log (
            seq bigint NOT NULL PRIMARY KEY,
            user_id uuid NOT NULL,
            actor_id uuid NOT NULL,
            action text NOT NULL CHECK (length(action) BETWEEN 1 AND 100),
            subject text NOT NULL CHECK (length(subject) <= 300),
            detail text NOT NULL CHECK (length(detail) <= 8000),
            at timestamptz NOT NULL,
            previous_hash bytea NOT NULL,
            hash bytea NOT NULL,
            UNIQUE (user_id, seq)
        )
    """)
    op.execute("""
        CREATE TABLE audit_head (
            only_row boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_row),
            seq bigint NOT NULL,
            hash bytea NOT NULL
        )
    """)
    op.execute("INSERT INTO audit_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'))")
    _audit_triggers()
    written = "INSERT (user_id, actor_id, action, subject, detail)"
    protect(
        op,
        "audit_log",
        app=f"SELECT,{written}",
        engine=written,
        system=f"SELECT,{written}",
    )
    share(op, "audit_head", app="", system="SELECT")


def _audit_triggers() -> None:
    # The order is assigned while audit_head is locked, so the chain has no forks and no gaps;
    # fairlead.tenancy.audit_chain.entry_hash recomputes the same hash.
    op.execute("""
        CREATE FUNCTION audit_log_chain() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            field text;
            content text := '';
        BEGIN
            SELECT seq + 1, hash INTO STRICT NEW.seq, NEW.previous_hash
            FROM audit_head FOR UPDATE;
            NEW.at := clock_timestamp();
            FOREACH field IN ARRAY ARRAY[
                NEW.seq::text, NEW.user_id::text, NEW.actor_id::text,
                NEW.action, NEW.subject, NEW.detail,
                ((extract(epoch FROM NEW.at) * 1000000)::bigint)::text
            ] LOOP
                content := content || octet_length(convert_to(field, 'UTF8')) || ':' || field;
            END LOOP;
            NEW.hash := sha256(NEW.previous_hash || convert_to(content, 'UTF8'));
            UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash;
            RETURN NEW;
        END $$
    """)
    op.execute("REVOKE ALL ON FUNCTION audit_log_chain() FROM PUBLIC")
    op.execute("""
        CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP
                USING ERRCODE = 'insufficient_privilege';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER audit_log_chain BEFORE INSERT ON audit_log
        FOR EACH ROW EXECUTE FUNCTION audit_log_chain()
    """)
    op.execute("""
        CREATE TRIGGER audit_log_refuse_change BEFORE UPDATE OR DELETE ON audit_log
        FOR EACH ROW EXECUTE FUNCTION audit_log_refuse()
    """)
    op.execute("""
        CREATE TRIGGER audit_log_refuse_truncate BEFORE TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse()
    """)


def downgrade() -> None:
    """Drop everything of this revision."""
    op.execute("DROP TABLE audit_log, audit_head, idempotency_keys, tenant_keys")
    op.execute("DROP FUNCTION audit_log_chain(), audit_log_refuse()")
    op.execute("DROP TABLE ws_tickets, api_keys, refresh_tokens, sessions")
    op.execute("DROP TABLE sign_in_guards, identities, users")
