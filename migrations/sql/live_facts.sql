-- What happened in live trading and never changes, and the commands that wait for books.

CREATE TABLE fills (
    user_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    id bigint NOT NULL,
    leg smallint NOT NULL,
    n integer NOT NULL,
    ts bigint NOT NULL,
    bar bigint NOT NULL,
    purpose smallint NOT NULL,
    reason smallint NOT NULL,
    lots bigint NOT NULL CHECK (lots <> 0),
    quantity double precision NOT NULL,
    price double precision NOT NULL CHECK (price > 0),
    fee double precision NOT NULL,
    ambiguous boolean NOT NULL,
    equity double precision NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, subscription_id, id)
);

CREATE TABLE trades (
    user_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    id bigint NOT NULL,
    leg smallint NOT NULL,
    side smallint NOT NULL CHECK (side IN (-1, 1)),
    lots bigint NOT NULL CHECK (lots > 0),
    quantity double precision NOT NULL,
    entry_ts bigint NOT NULL,
    entry_price double precision NOT NULL,
    exit_ts bigint NOT NULL,
    exit_price double precision NOT NULL,
    pnl double precision NOT NULL,
    fees double precision NOT NULL,
    reason smallint NOT NULL,
    ambiguous boolean NOT NULL,
    bars_held bigint NOT NULL,
    PRIMARY KEY (user_id, subscription_id, id)
);

CREATE TABLE journal (
    user_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    boundary_ms bigint NOT NULL,
    input bytea NOT NULL,
    note text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, subscription_id, seq)
);

CREATE TABLE equity_points (
    user_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    ts bigint NOT NULL,
    equity double precision NOT NULL,
    PRIMARY KEY (user_id, subscription_id, ts)
);

CREATE TABLE commands (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    partition integer,
    act smallint NOT NULL,
    leg smallint NOT NULL DEFAULT 0,
    n integer NOT NULL DEFAULT 0,
    reason smallint NOT NULL DEFAULT 0,
    note text NOT NULL DEFAULT '',
    switch_id uuid,
    status smallint NOT NULL DEFAULT 0 CHECK (status BETWEEN 0 AND 2),
    result text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    PRIMARY KEY (user_id, id)
) WITH (fillfactor = 70);

CREATE INDEX commands_open ON commands (partition, created_at, id) WHERE status = 0;

CREATE INDEX commands_switch ON commands (switch_id) WHERE switch_id IS NOT NULL;
