"""What a research command was given, checked and brought together before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from fairlead.infra.errors import InvalidInput
from fairlead.infra.settings import Settings
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.action_book import backtest_bars
from fairlead.market.charges.document import find_costs
from fairlead.market.charges.funding import FundingSeries
from fairlead.market.charges.funding_files import read_funding, require_funding
from fairlead.market.files import read_bars
from fairlead.market.instruments import Instrument, default_instrument
from fairlead.market.lake import Lake
from fairlead.market.reports import FileReport
from fairlead.market.zones import find_zone, to_local
from fairlead.research.account import check_account
from fairlead.research.grid import read_setting
from fairlead.research.model import (
    BY_DEFINITION,
    FAR_FUTURE_MS,
    FAR_PAST_MS,
    Account,
    Period,
    Sizing,
)
from fairlead.research.parameters import check_names
from fairlead.research.setting import RunSetting, open_setting
from fairlead.research.times import parse_time
from fairlead.strategies.model import Setting
from fairlead.strategies.source import load_definition


@dataclass(frozen=True, slots=True)
class Inputs:
    """Hold the options of a research command as they were typed."""

    definition: str
    bars: Path | None
    instrument: str | None
    timeframe: str | None
    start: str | None
    end: str | None
    parameters: tuple[str, ...]
    cash: str
    fee: str
    slippage_bps: str
    quantity: str | None
    fraction: str | None
    risk: str | None
    long_only: bool
    tick: str | None
    lot: str | None
    timezone: str | None
    costs: str | None = None
    spread_bps: str = "0"
    funding: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """Hold what a command runs on: the setting, the fixed parameters, remarks on the file."""

    setting: RunSetting
    parameters: Mapping[str, Setting]
    remarks: tuple[str, ...]


def prepare(inputs: Inputs) -> Prepared:
    """Read the definition and the bars and check every option; raises `InvalidInput`."""
    account = account_of(inputs)
    check_account(account)
    document = load_definition(inputs.definition)
    instrument, bars, timeframe, remarks = _series(inputs)
    period = _period(inputs, instrument)
    setting = open_setting(
        document,
        bars,
        period,
        str(timeframe),
        instrument,
        account,
        funding=_funding(inputs, instrument),
    )
    chosen = parse_settings(inputs.parameters)
    check_names(setting.compiled, chosen)
    setting.compiled.resolve(chosen)
    return Prepared(setting, chosen, remarks)


def account_of(inputs: Inputs) -> Account:
    """Read cash, costs and sizing; raises `InvalidInput` for more than one kind of sizing."""
    given = [
        (mode, text)
        for mode in ("quantity", "fraction", "risk")
        if (text := getattr(inputs, mode)) is not None
    ]
    if len(given) > 1:
        names = " and ".join(f"--{mode}" for mode, _ in given)
        raise InvalidInput(
            f"{names} cannot be given together.",
            expected="at most one of --quantity, --fraction and --risk",
        )
    sizing = (
        Sizing(given[0][0], number(f"--{given[0][0]}", given[0][1])) if given else BY_DEFINITION
    )
    return Account(
        cash=number("--cash", inputs.cash),
        fee=number("--fee", inputs.fee),
        slippage=number("--slippage-bps", inputs.slippage_bps) / 10_000,
        sizing=sizing,
        long_only=inputs.long_only,
        costs=None if inputs.costs is None else find_costs(inputs.costs),
        half_spread=number("--spread-bps", inputs.spread_bps) / 20_000,
        funding=inputs.funding is not None,
    )


def _funding(inputs: Inputs, instrument: Instrument) -> FundingSeries | None:
    """Read the funding rates that were asked for, from a file or from the lake."""
    if inputs.funding is None:
        return None
    if inputs.funding != "lake":
        return read_funding(Path(inputs.funding), inputs.timezone or "")
    return require_funding(Settings.load().lake_dir, instrument.key)


def parse_settings(texts: tuple[str, ...]) -> dict[str, Setting]:
    """Read `fast=20` options; raises `InvalidInput` for other forms and repeated names."""
    chosen: dict[str, Setting] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        name = name.strip()
        if not separator or not name:
            raise InvalidInput(
                f"--set {text!r} cannot be read.", expected="name=value, as fast=20", found=text
            )
        if name in chosen:
            raise InvalidInput(f"--set names {name} twice.", expected="every name once", path=name)
        chosen[name] = read_setting(f"--set {name}", value)
    return chosen


def number(flag: str, text: str) -> Decimal:
    """Read a finite decimal number; raises `InvalidInput` naming the flag."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise InvalidInput(
            f"{flag} {text!r} is not a number.", expected="a finite number", found=text, path=flag
        )
    return value


def _series(inputs: Inputs) -> tuple[Instrument, Bars, Timeframe, tuple[str, ...]]:
    if inputs.bars is not None and inputs.instrument is not None:
        raise InvalidInput(
            "--bars and --instrument cannot be given together.",
            expected="either --bars FILE, or --instrument KEY with --timeframe T",
        )
    if inputs.bars is not None:
        return _from_file(inputs, inputs.bars)
    if inputs.instrument is None or inputs.timeframe is None:
        raise InvalidInput(
            "There is nothing to test on: no candles were named.",
            expected="--bars FILE, or --instrument KEY with --timeframe T",
            action="Import candles with `fairlead data import`, or name a file with --bars.",
        )
    for flag, value in (
        ("--tick", inputs.tick),
        ("--lot", inputs.lot),
        ("--timezone", inputs.timezone),
    ):
        if value is not None:
            raise InvalidInput(
                f"{flag} belongs to --bars: an imported instrument has its own.", path=flag
            )
    timeframe = _timeframe(inputs.timeframe)
    instrument = default_instrument(inputs.instrument)
    lake = Lake(Settings.load().lake_dir)
    bars, remarks = backtest_bars(lake, instrument.key, timeframe)
    return instrument, bars, timeframe, remarks


def _from_file(inputs: Inputs, path: Path) -> tuple[Instrument, Bars, Timeframe, tuple[str, ...]]:
    asked = None if inputs.timeframe is None else _timeframe(inputs.timeframe)
    bars, report = read_bars(path, asked, timezone=inputs.timezone or "")
    instrument = file_instrument(inputs, path, bars)
    return instrument, bars, Timeframe(bars.timeframe_ms), _remarks(report)


def file_instrument(inputs: Inputs, path: Path, bars: Bars) -> Instrument:
    """Return the terms of a file's unlisted instrument: prices as given, lots of 1e-8.

    Its session days are those of --timezone, by that zone's offset at the first bar.
    """
    symbol = "".join(c if c.isalnum() or c in "._-" else "-" for c in path.stem)[:60]
    terms = default_instrument(f"file:{symbol.lstrip('._-') or 'bars'}")
    return replace(
        terms,
        tick=None if inputs.tick is None else _step("--tick", inputs.tick),
        lot=terms.lot if inputs.lot is None else _step("--lot", inputs.lot),
        currency="",
        day_offset_ms=_offset_ms(inputs.timezone, bars),
    )


def _offset_ms(timezone: str | None, bars: Bars) -> int:
    if timezone is None or len(bars) == 0:
        return 0
    return int(to_local(bars.ts[:1], find_zone(timezone))[0] - bars.ts[0])


def _remarks(report: FileReport) -> tuple[str, ...]:
    remarks = [f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in report.notes]
    if report.rejected:
        reasons = ", ".join(
            f"{count:,} {reason.replace('_', ' ')}" for reason, count in report.reasons.items()
        )
        remarks.append(f"{report.rejected:,} of {report.rows:,} rows were left out: {reasons}.")
    if report.unsorted:
        remarks.append(f"{report.unsorted:,} rows stood out of order and were sorted.")
    return tuple(remarks)


def _step(flag: str, text: str) -> Decimal:
    value = number(flag, text)
    if not Decimal("1e-12") <= value <= Decimal("1e9"):
        raise InvalidInput(
            f"{flag} {text} is out of range.", expected="1e-12 to 1e9", found=text, path=flag
        )
    return value


def _period(inputs: Inputs, instrument: Instrument) -> Period:
    offset = instrument.day_offset_ms
    start = FAR_PAST_MS if inputs.start is None else parse_time("--from", inputs.start, offset)
    end = FAR_FUTURE_MS if inputs.end is None else parse_time("--to", inputs.end, offset)
    if inputs.start is not None and inputs.end is not None and start >= end:
        raise InvalidInput(
            f"The range from {inputs.start} to {inputs.end} is empty.",
            expected="--from earlier than --to",
        )
    return Period(start, end)


def _timeframe(text: str) -> Timeframe:
    try:
        return parse_timeframe(text)
    except ValueError as error:
        raise InvalidInput(f"--timeframe: {error}.", found=text, path="--timeframe") from None
