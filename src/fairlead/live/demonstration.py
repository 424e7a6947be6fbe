"""Fills a platform with subscribers: tenants, each with a book and rules of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import numpy as np

from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.kernel.records import LIMITS, POLICY
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.live.evaluator import Evaluator
from fairlead.live.model import LegDraft, uuid_column
from fairlead.live.store import accounts, demonstration
from fairlead.live.store.accounts import NewSubscription, Owners
from fairlead.live.store.news import ascending_ids
from fairlead.market.instruments import parse_key
from fairlead.strategies.authoring import Edit, create_strategy
from fairlead.strategies.model import Setting
from fairlead.strategies.publishing import publish
from fairlead.strategies.source import load_definition
from fairlead.tenancy.accounts import create_accounts

SUBSCRIBERS = "subscriber"
AUTHOR = "author"
BATCH = 10_000

# Faster than the templates' own values, so that there is something to see within minutes.
LIVELY: Mapping[str, Mapping[str, Setting]] = {"sma_crossover": {"fast": 3, "slow": 8}}

SIZES = (0.1, 0.25, 0.5, 0.75, 0.95)
STOPS = (0.0, 0.005, 0.01, 0.02)
TARGETS = (0.0, 0.01, 0.02, 0.04)
CAPITALS = (1_000.0, 5_000.0, 10_000.0, 25_000.0, 100_000.0)


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What is to be shown: how many follow which strategy, on which series."""

    subscribers: int
    strategy: str
    instrument: str
    timeframe: str
    parameters: Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class Populated:
    """What was made; `added` is below `subscribers` where some were there already."""

    strategy_name: str
    version_id: UUID
    subscribers: int
    added: int


def populate(
    database: Database, evaluator: Evaluator, wanted: Demonstration, now: datetime
) -> Populated:
    """Make the strategy, its public offer, and as many subscribers as are missing.

    Safe to repeat and to interrupt: each batch is whole or not there. Raises InvalidInput for
    an instrument, timeframe or parameter that does not fit.
    """
    parse_key(wanted.instrument)
    timeframe = parse_timeframe(wanted.timeframe)
    with database.system_transaction() as connection:
        author = create_accounts(connection, 1, AUTHOR)[0]
        users = create_accounts(connection, wanted.subscribers, SUBSCRIBERS)
    template = _template(database, author, wanted, now)
    draft = LegDraft(
        template.version_id,
        wanted.instrument,
        str(timeframe),
        timeframe.ms,
        tuple(sorted(wanted.parameters.items())),
    )
    with database.engine_transaction() as connection:
        there = demonstration.followers(connection, template.version_id, wanted.instrument)
    missing = [user for user in users if user not in there]
    for first in range(0, len(missing), BATCH):
        _subscribe(database, evaluator, template, draft, missing[first : first + BATCH])
    return Populated(template.name, template.version_id, len(users), len(missing))


@dataclass(frozen=True, slots=True)
class _Template:
    strategy_id: UUID
    version_id: UUID
    name: str


def _template(database: Database, author: UUID, wanted: Demonstration, now: datetime) -> _Template:
    document = load_definition(wanted.strategy)
    with database.engine_transaction() as connection:
        known = demonstration.offered(connection, author, document.name)
    if known is not None:
        return _Template(*known, document.name)
    with database.tenant_transaction(author) as connection:
        strategy, version = create_strategy(connection, author, document, Edit(), now)
        publish(connection, strategy.id, None, True, now)
    return _Template(strategy.id, version.id, document.name)


def _subscribe(
    database: Database,
    evaluator: Evaluator,
    template: _Template,
    draft: LegDraft,
    missing: list[UUID],
) -> None:
    users = sorted(missing, key=lambda user: user.bytes)
    count = len(users)
    profiles = [
        {
            "sizing": "fraction",
            "size": SIZES[k % len(SIZES)],
            "stop_loss_pct": STOPS[k // len(SIZES) % len(STOPS)],
            "take_profit_pct": TARGETS[k // (len(SIZES) * len(STOPS)) % len(TARGETS)],
            "max_daily_loss": 0.05,
        }
        for k in range(len(SIZES) * len(STOPS) * len(TARGETS))
    ]
    texts = [json.dumps(profile) for profile in profiles]
    prepared = [evaluator.prepare((draft,), text) for text in texts]
    policies = np.frombuffer(b"".join(item.policies for item in prepared), POLICY)
    limits = np.frombuffer(b"".join(item.limits for item in prepared), LIMITS)
    which = np.arange(count) % len(profiles)
    owners = Owners(uuid_column(users), ascending_ids(count), ascending_ids(count))
    with database.engine_transaction() as connection:
        accounts.insert_connections(connection, owners, "paper", "Paper")
        accounts.insert_subscriptions(
            connection,
            owners,
            NewSubscription(
                id=uuid7(),
                strategy_id=template.strategy_id,
                strategy_name=template.name,
                legs=(draft,),
                connection_id=uuid7(),
                capital=Decimal(1),
                risk_profile="{}",
                join_mode="wait",
                prepared=prepared[0],
            ),
            np.array(CAPITALS)[np.arange(count) % len(CAPITALS)],
            [texts[k] for k in which],
            policies[which],
            limits[which],
        )
