"""What can be promoted: a portfolio as it is now, or one version on one series."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.instruments import parse_key
from fairlead.promotion.model import PromotedLeg, Subject
from fairlead.research.on_record import chosen_parameters, run_on_series
from fairlead.strategies.kinds.rules.parameters import parameters_of, resolve
from fairlead.strategies.model import Setting, Version
from fairlead.strategies.portfolios.authoring import owned_portfolio
from fairlead.strategies.portfolios.checks import portfolio_hash
from fairlead.strategies.portfolios.model import Caps, Leg
from fairlead.strategies.versions import definition_of, followable_version, published_name


@dataclass(frozen=True, slots=True)
class Named:
    """A subject as a client names it: a portfolio, or a version with a series or a run on one."""

    portfolio_id: UUID | None = None
    version_id: UUID | None = None
    run_id: UUID | None = None
    instrument: str | None = None
    timeframe: str | None = None
    parameters: Mapping[str, Setting] | None = None


def subject_of(connection: Connection, tenant_id: UUID, named: Named) -> Subject:
    """Return what a client named, in the tenant's transaction.

    Raises `NotFound` for what is not the tenant's and not offered, `InvalidInput` for what does
    not name one subject, `Conflict` for a version its author advises against.
    """
    if (named.portfolio_id is None) == (named.version_id is None):
        raise InvalidInput(
            "Nothing says what to promote.",
            expected="either portfolio_id or version_id",
            action="Choose a portfolio, or a version with an instrument and a timeframe.",
            path="subject",
        )
    if named.portfolio_id is not None:
        return _of_portfolio(connection, named.portfolio_id)
    assert named.version_id is not None
    return _of_version(connection, tenant_id, named.version_id, named)


def _of_portfolio(connection: Connection, portfolio_id: UUID) -> Subject:
    portfolio = owned_portfolio(connection, portfolio_id)
    for leg in portfolio.legs:
        followable_version(connection, leg.version_id)
    caps, source = portfolio.caps, portfolio.source or {}
    autobuild_id = source.get("autobuild_id")
    return Subject(
        kind="portfolio",
        name=portfolio.name,
        portfolio_id=portfolio_id,
        run_id=None,
        autobuild_id=None if autobuild_id is None else UUID(str(autobuild_id)),
        legs=tuple(_promoted(leg) for leg in portfolio.legs),
        max_positions=caps.max_positions,
        max_exposure=caps.max_exposure,
        max_daily_loss=caps.max_daily_loss,
        content_hash=portfolio_hash(portfolio.legs, caps),
    )


def _of_version(connection: Connection, tenant_id: UUID, version_id: UUID, named: Named) -> Subject:
    instrument, timeframe = _series(connection, tenant_id, named)
    version = followable_version(connection, version_id)
    parameters = _parameters(connection, tenant_id, named)
    if isinstance(version, Version):
        document = definition_of(version)
        resolve({item.name: item for item in parameters_of(document)}, parameters)
        name = document.name
    else:
        name = published_name(connection, version.strategy_id)
    leg = Leg(
        version_id=version_id,
        strategy_id=version.strategy_id,
        strategy_name=name,
        version=version.number,
        version_hash=version.hash,
        parameters=parameters,
        instrument=instrument,
        timeframe=timeframe,
        weight=1.0,
    )
    return Subject(
        kind="version",
        name=name,
        portfolio_id=None,
        run_id=named.run_id,
        autobuild_id=None,
        legs=(_promoted(leg),),
        max_positions=None,
        max_exposure=None,
        max_daily_loss=None,
        content_hash=portfolio_hash([leg], Caps()),
    )


def _parameters(connection: Connection, tenant_id: UUID, named: Named) -> dict[str, Setting]:
    """Return the parameters that are named, or those that the named run speaks for."""
    if named.parameters or named.run_id is None:
        return dict(sorted((named.parameters or {}).items()))
    run = run_on_series(connection, tenant_id, named.run_id)
    return dict(sorted(chosen_parameters(connection, tenant_id, run).items()))


def _series(connection: Connection, tenant_id: UUID, named: Named) -> tuple[str, str]:
    """Return the series that is named, or that of the run whose evidence counts."""
    if named.instrument is not None and named.timeframe is not None:
        parse_key(named.instrument)
        try:
            return named.instrument, str(parse_timeframe(named.timeframe))
        except ValueError as error:
            raise InvalidInput(
                f"The timeframe cannot be read: {error}.", path="subject/timeframe"
            ) from None
    if named.run_id is None:
        raise InvalidInput(
            "A version is promoted on one series.",
            expected="instrument and timeframe, or a run_id on one",
            action="Name the series, or the walk-forward that speaks for it.",
            path="subject/instrument",
        )
    run = run_on_series(connection, tenant_id, named.run_id)
    return run.instrument, run.timeframe


def _promoted(leg: Leg) -> PromotedLeg:
    return PromotedLeg(
        version_id=leg.version_id,
        strategy_id=leg.strategy_id,
        strategy_name=leg.strategy_name,
        version_hash=leg.version_hash,
        parameters=leg.parameters,
        instrument=leg.instrument,
        timeframe=leg.timeframe,
        weight=leg.weight,
    )
