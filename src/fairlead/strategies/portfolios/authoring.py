"""What a tenant does with portfolios: make, change, delete; and what may be one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import InvalidInput, NotFound, StaleVersion
from fairlead.infra.ids import uuid7
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.instruments import parse_key
from fairlead.strategies.canonical import digest
from fairlead.strategies.kinds.rules.parameters import parameters_of, resolve
from fairlead.strategies.model import Json, Setting, Version
from fairlead.strategies.portfolios.checks import (
    LEGS_MAX,
    WEIGHT_PLACES,
    account_currency,
    check_caps,
    check_weights,
    portfolio_hash,
)
from fairlead.strategies.portfolios.model import (
    METHODS,
    Caps,
    Leg,
    Method,
    Portfolio,
)
from fairlead.strategies.portfolios.store import (
    delete_portfolio,
    find_portfolio,
    insert_portfolio,
    replace_portfolio,
)
from fairlead.strategies.versions import definition_of, followable_version, published_name


@dataclass(frozen=True, slots=True)
class WantedLeg:
    """One leg as somebody asks for it; without a weight the method gives it."""

    version_id: UUID
    instrument: str
    timeframe: str
    parameters: Mapping[str, Setting]
    weight: float | None


@dataclass(frozen=True, slots=True)
class WantedPortfolio:
    """A portfolio as somebody asks for it; `source` says what it was made by, if by anything."""

    name: str
    method: Method
    legs: tuple[WantedLeg, ...]
    caps: Caps
    source: Mapping[str, Json] | None = None


def create_portfolio(
    connection: Connection, tenant_id: UUID, wanted: WantedPortfolio, now: datetime
) -> Portfolio:
    """Store a new portfolio; its legs are pinned by version.

    Raises `InvalidInput` for legs, weights or caps that cannot be meant, `NotFound` for a version
    that is neither one's own nor offered.
    """
    made = _portfolio(connection, tenant_id, uuid7(), wanted, now)
    insert_portfolio(connection, made)
    return made


def change_portfolio(
    connection: Connection,
    portfolio_id: UUID,
    revision: int,
    wanted: WantedPortfolio,
    now: datetime,
) -> Portfolio:
    """Replace a portfolio; what already trades it goes on as it was.

    Its source stays only while it trades the same: a changed one is a person's.
    Raises `StaleVersion` when it was changed since `revision`, otherwise as `create_portfolio`.
    """
    before = owned_portfolio(connection, portfolio_id)
    if before.revision != revision:
        raise _stale(before.revision, revision)
    made = _portfolio(connection, before.user_id, portfolio_id, wanted, now)
    same = portfolio_hash(made.legs, made.caps) == portfolio_hash(before.legs, before.caps)
    changed = replace(
        made,
        revision=revision + 1,
        created_at=before.created_at,
        source=before.source if same else None,
    )
    if not replace_portfolio(connection, changed, revision):
        raise _stale(revision + 1, revision)
    return changed


def remove_portfolio(connection: Connection, portfolio_id: UUID) -> None:
    """Delete a portfolio; its backtests and what trades it stay."""
    if not delete_portfolio(connection, portfolio_id):
        raise _missing(portfolio_id)


def owned_portfolio(connection: Connection, portfolio_id: UUID) -> Portfolio:
    """Return one of the tenant's portfolios; raise `NotFound` for any other."""
    found = find_portfolio(connection, portfolio_id)
    if found is None:
        raise _missing(portfolio_id)
    return found


def _portfolio(
    connection: Connection,
    tenant_id: UUID,
    portfolio_id: UUID,
    wanted: WantedPortfolio,
    now: datetime,
) -> Portfolio:
    if wanted.method not in METHODS:
        raise InvalidInput(
            f"There is no method {wanted.method}.",
            expected=", ".join(METHODS),
            found=wanted.method,
            path="method",
        )
    check_caps(wanted.caps)
    if not 1 <= len(wanted.legs) <= LEGS_MAX:
        raise InvalidInput(
            f"A portfolio has 1 to {LEGS_MAX} legs.",
            expected=f"1 to {LEGS_MAX} legs",
            found=str(len(wanted.legs)),
            path="legs",
        )
    weights = _weights(wanted)
    legs = tuple(
        _leg(connection, leg, weight, place)
        for place, (leg, weight) in enumerate(zip(wanted.legs, weights, strict=True))
    )
    _refuse_twins(legs)
    account_currency([leg.instrument for leg in legs])
    return Portfolio(
        user_id=tenant_id,
        id=portfolio_id,
        name=wanted.name,
        method=wanted.method,
        legs=legs,
        caps=wanted.caps,
        source=wanted.source,
        revision=1,
        created_at=now,
        updated_at=now,
    )


def _leg(connection: Connection, wanted: WantedLeg, weight: float, place: int) -> Leg:
    parse_key(wanted.instrument)
    try:
        timeframe = str(parse_timeframe(wanted.timeframe))
    except ValueError as error:
        raise InvalidInput(
            f"The timeframe of leg {place + 1} cannot be read: {error}.",
            path=f"legs/{place}/timeframe",
        ) from None
    version = followable_version(connection, wanted.version_id)
    if isinstance(version, Version):
        document = definition_of(version)
        resolve({item.name: item for item in parameters_of(document)}, wanted.parameters)
        name, version_id = document.name, version.id
    else:
        name = published_name(connection, version.strategy_id)
        version_id = version.version_id
    return Leg(
        version_id=version_id,
        strategy_id=version.strategy_id,
        strategy_name=name,
        version=version.number,
        version_hash=version.hash,
        parameters=dict(sorted(wanted.parameters.items())),
        instrument=wanted.instrument,
        timeframe=timeframe,
        weight=weight,
    )


def _weights(wanted: WantedPortfolio) -> list[float]:
    """Return the weights as given, or equal ones where none is; raise InvalidInput for a mix."""
    given = [leg.weight for leg in wanted.legs if leg.weight is not None]
    if not given and wanted.method == "equal":
        share = min(1.0 / len(wanted.legs), wanted.caps.max_weight)
        return [round(share, WEIGHT_PLACES)] * len(wanted.legs)
    if len(given) != len(wanted.legs):
        raise InvalidInput(
            "Every leg of this portfolio needs its weight.",
            expected="a weight for each leg, or the method equal with none",
            found=f"{len(given)} weights for {len(wanted.legs)} legs",
            action="Weigh the legs first: `fairlead portfolio weigh` does, and so does AutoBuild.",
            path="legs",
        )
    return check_weights(given, wanted.caps.max_weight)


def _refuse_twins(legs: Sequence[Leg]) -> None:
    seen: dict[str, int] = {}
    for place, leg in enumerate(legs):
        content = digest([leg.version_hash, dict(leg.parameters), leg.instrument, leg.timeframe])
        if content in seen:
            raise InvalidInput(
                f"Leg {place + 1} is the same as leg {seen[content] + 1}.",
                expected="legs that differ in version, parameters, instrument or timeframe",
                action="Give one of them the weight of both.",
                path=f"legs/{place}",
            )
        seen[content] = place


def _missing(portfolio_id: UUID) -> NotFound:
    return NotFound(
        "There is no such portfolio, or it is not yours.",
        found=str(portfolio_id),
        path="portfolio_id",
    )


def _stale(current: int, expected: int) -> StaleVersion:
    return StaleVersion(
        "The portfolio was changed since you read it.",
        expected=f"revision {current}",
        found=f"revision {expected}",
        action="Read it again, look at the change, and repeat your edit.",
        path="If-Match",
    )
