"""A portfolio file and its options, checked and brought together before anything runs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from fairlead.cli.research_inputs import Inputs, account_of
from fairlead.infra.errors import FairleadError, InvalidInput
from fairlead.infra.settings import Settings
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.charges.funding import FundingSeries
from fairlead.market.charges.funding_files import require_funding
from fairlead.market.files import read_bars
from fairlead.market.instruments import Instrument, default_instrument
from fairlead.market.lake import Lake
from fairlead.research.account import check_account
from fairlead.research.model import FAR_FUTURE_MS, FAR_PAST_MS, Account, Period
from fairlead.research.portfolio.model import PortfolioLeg, SharedLimits
from fairlead.research.portfolio.weights import EQUAL, METHODS
from fairlead.research.times import parse_time
from fairlead.strategies.model import Setting
from fairlead.strategies.portfolios.checks import LEGS_MAX, check_caps, check_weights
from fairlead.strategies.portfolios.model import Caps
from fairlead.strategies.source import load_definition, read_json

FIELDS = frozenset({"name", "method", "legs", "caps"})
LEG_FIELDS = frozenset({"strategy", "instrument", "bars", "timeframe", "parameters", "weight"})
CAPS = tuple(Caps.__slots__)
Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PortfolioInputs:
    """Hold the options of a portfolio command as they were typed."""

    file: Path
    start: str | None
    end: str | None
    cash: str
    fee: str
    slippage_bps: str
    quantity: str | None
    fraction: str | None
    risk: str | None
    long_only: bool
    timezone: str | None
    costs: str | None = None
    spread_bps: str = "0"
    funding: bool = False


@dataclass(frozen=True, slots=True)
class PreparedPortfolio:
    """Hold what a portfolio command runs on; a weight of 0 stands for one that is not given."""

    name: str
    method: str
    document: Document
    legs: tuple[PortfolioLeg, ...]
    caps: Caps
    account: Account
    period: Period

    @property
    def limits(self) -> SharedLimits:
        """Return what the account sets over its legs."""
        caps = self.caps
        return SharedLimits(caps.max_positions, caps.max_exposure, caps.max_daily_loss)

    def weighted(self) -> tuple[PortfolioLeg, ...]:
        """Return the legs with weights: those given, or equal ones; raises `InvalidInput`."""
        if all(leg.weight == 0.0 for leg in self.legs) and self.method == EQUAL:
            share = min(1.0 / len(self.legs), self.caps.max_weight)
            return tuple(replace(leg, weight=share) for leg in self.legs)
        missing = [place for place, leg in enumerate(self.legs) if leg.weight == 0.0]
        if missing:
            raise InvalidInput(
                f"Leg {missing[0] + 1} has no weight.",
                expected="a weight for each leg, or the method equal with none",
                action="Let `fairlead portfolio weigh FILE --write FILE` find them.",
                path=f"legs/{missing[0]}/weight",
            )
        check_weights([leg.weight for leg in self.legs], self.caps.max_weight)
        return self.legs


def prepare_portfolio(inputs: PortfolioInputs) -> PreparedPortfolio:
    """Read the file, the definitions and the bars; raises `InvalidInput` with the place."""
    document = _mapping(read_json(inputs.file), "the file")
    _known(document, FIELDS, "")
    legs = document.get("legs")
    if not isinstance(legs, list) or not 1 <= len(legs) <= LEGS_MAX:
        raise InvalidInput(
            f"{inputs.file} names no legs.",
            expected=f"a list of 1 to {LEGS_MAX} legs",
            path="legs",
        )
    method = document.get("method", EQUAL)
    if not isinstance(method, str) or method not in (*METHODS, "manual"):
        raise InvalidInput(
            f"There is no method {method}.", expected=", ".join(METHODS), path="method"
        )
    account = account_of(_options(inputs))
    check_account(account)
    read = tuple(_leg(place, leg, inputs) for place, leg in enumerate(legs))
    return PreparedPortfolio(
        name=str(document.get("name", inputs.file.stem)),
        method=method,
        document=document,
        legs=read,
        caps=_caps(document.get("caps", {})),
        account=account,
        period=_period(inputs, read[0].instrument),
    )


def _leg(place: int, data: object, inputs: PortfolioInputs) -> PortfolioLeg:
    path = f"legs/{place}"
    leg = _mapping(data, f"leg {place + 1}")
    _known(leg, LEG_FIELDS, path)
    try:
        document = load_definition(_near(inputs.file, _text(leg, "strategy", path)))
        instrument, bars, timeframe = _series(leg, inputs, path)
        funding = _funding(inputs, instrument)
    except FairleadError as error:
        raise InvalidInput(
            f"Leg {place + 1}: {error.message}",
            expected=error.expected,
            found=error.found,
            action=error.action,
            path=error.path if str(error.path).startswith(path) else path,
        ) from error
    return PortfolioLeg(
        document=document,
        parameters=cast(
            "Mapping[str, Setting]", _mapping(leg.get("parameters", {}), f"{path}/parameters")
        ),
        bars=bars,
        instrument=instrument,
        timeframe=str(timeframe),
        weight=_weight(leg.get("weight", 0.0), path),
        funding=funding,
    )


def _series(
    leg: Document, inputs: PortfolioInputs, path: str
) -> tuple[Instrument, Bars, Timeframe]:
    """Return a leg's bars: from a file beside the portfolio, or from the lake."""
    given = leg.get("timeframe")
    asked = None if given is None else _timeframe(str(given), path)
    if "bars" in leg:
        file = Path(_near(inputs.file, _text(leg, "bars", path)))
        bars, _ = read_bars(file, asked, timezone=inputs.timezone or "")
        key = leg.get("instrument", f"file:{_symbol(file)}")
        return default_instrument(str(key)), bars, Timeframe(bars.timeframe_ms)
    if asked is None:
        raise InvalidInput("A timeframe is missing.", expected="as 1h", path=f"{path}/timeframe")
    instrument = default_instrument(_text(leg, "instrument", path))
    return instrument, Lake(Settings.load().lake_dir).bars(instrument.key, asked), asked


def _funding(inputs: PortfolioInputs, instrument: Instrument) -> FundingSeries | None:
    return require_funding(Settings.load().lake_dir, instrument.key) if inputs.funding else None


def _symbol(file: Path) -> str:
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in file.stem)[:60] or "bars"


def _near(file: Path, name: str) -> str:
    """Return a path beside the portfolio where there is such a file, else what was written."""
    beside = file.parent / name
    return str(beside) if beside.is_file() else name


def _caps(data: object) -> Caps:
    given = _mapping(data, "caps")
    _known(given, frozenset(CAPS), "caps")
    for name, value in given.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InvalidInput(f"The cap {name} is no number.", path=f"caps/{name}")
    caps = Caps(**cast("Mapping[str, float]", given))  # type: ignore[arg-type]  # checked below
    check_caps(caps)
    return caps


def _weight(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidInput(
            "A weight is a number.", expected="above 0, at most 1", path=f"{path}/weight"
        )
    return float(value)


def _text(leg: Document, name: str, path: str) -> str:
    value = leg.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{name} is missing.", expected="a text", path=f"{path}/{name}")
    return value


def _mapping(data: object, what: str) -> Document:
    if not isinstance(data, dict):
        raise InvalidInput(f"{what} is no JSON object.", expected="an object with names", path=what)
    return cast("Document", data)


def _known(data: Document, fields: frozenset[str], path: str) -> None:
    unknown = sorted(set(data) - fields)
    if unknown:
        raise InvalidInput(
            f"There is no field {unknown[0]!r} here.",
            expected=", ".join(sorted(fields)),
            found=unknown[0],
            path=f"{path}/{unknown[0]}".lstrip("/"),
        )


def _timeframe(text: str, path: str) -> Timeframe:
    try:
        return parse_timeframe(text)
    except ValueError as error:
        raise InvalidInput(f"The timeframe cannot be read: {error}.", path=path) from None


def _period(inputs: PortfolioInputs, first: Instrument) -> Period:
    offset = first.day_offset_ms
    start = FAR_PAST_MS if inputs.start is None else parse_time("--from", inputs.start, offset)
    end = FAR_FUTURE_MS if inputs.end is None else parse_time("--to", inputs.end, offset)
    return Period(start, end)


def _options(inputs: PortfolioInputs) -> Inputs:
    """Return the options that a portfolio shares with other research."""
    return Inputs(
        definition="",
        bars=None,
        instrument=None,
        timeframe=None,
        start=inputs.start,
        end=inputs.end,
        parameters=(),
        cash=inputs.cash,
        fee=inputs.fee,
        slippage_bps=inputs.slippage_bps,
        quantity=inputs.quantity,
        fraction=inputs.fraction,
        risk=inputs.risk,
        long_only=inputs.long_only,
        tick=None,
        lot=None,
        timezone=inputs.timezone,
        costs=inputs.costs,
        spread_bps=inputs.spread_bps,
        funding="lake" if inputs.funding else None,
    )
