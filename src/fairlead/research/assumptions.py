"""What a result rests on, in words for people and in values for machines."""

from fairlead.kernel.records import BY_QUANTITY, BY_RISK, Records
from fairlead.research.assumed_costs import cost_assumptions, plain_number
from fairlead.research.metrics import Metrics
from fairlead.research.model import Assumption
from fairlead.research.setting import RunSetting
from fairlead.research.times import iso_time
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.run import kernel_hash


def assumptions_of(
    setting: RunSetting, parameters: Resolved, metrics: Metrics
) -> tuple[Assumption, ...]:
    """Return every assumption of a backtest, in the order of a report."""
    return (
        *_fill_rules(metrics),
        *_account(setting, parameters),
        *_market(setting),
        *_data(setting, parameters),
        *_identity(setting),
    )


def shared_assumptions(setting: RunSetting, metrics: Metrics) -> tuple[Assumption, ...]:
    """Return what holds for every parameter set that is run on a setting."""
    return (
        *_fill_rules(metrics),
        _cash(setting),
        *cost_assumptions(setting),
        *_market(setting),
        *_identity(setting),
    )


def _identity(setting: RunSetting) -> tuple[Assumption, ...]:
    return (
        Assumption("definition", "Definition", setting.version_hash[:16], setting.version_hash),
        Assumption("kernel_hash", "Kernel", kernel_hash()[:16], kernel_hash()),
    )


def _cash(setting: RunSetting) -> Assumption:
    cash = setting.account.cash
    text = f"{cash:,} {setting.instrument.currency}".strip()
    return Assumption("cash", "Starting cash", text, float(cash))


def _fill_rules(metrics: Metrics) -> tuple[Assumption, ...]:
    share = metrics.ambiguous_share
    ambiguous = "no trades" if share is None else f"{share:.2%} of trades, counted as stopped"
    return (
        Assumption(
            "fill_rule",
            "Signals fill",
            "at the open of the next bar, worsened by slippage",
            "next_open",
        ),
        Assumption(
            "exit_rule",
            "Stops and targets",
            "work from the entry fill on; a gap through a level fills at the open",
            "level_or_gap_open",
        ),
        Assumption(
            "stop_before_target",
            "Bar touching both",
            "the stop is taken to come first",
            True,
        ),
        Assumption("ambiguous_share", "Ambiguous bars", ambiguous, share),
    )


def _account(setting: RunSetting, parameters: Resolved) -> tuple[Assumption, ...]:
    policy = setting.policy(parameters)
    leverage = min(float(policy["leverage"][0]), float(setting.record["max_leverage"][0]))
    both = bool(policy["allow_short"][0]) and setting.instrument.shorting
    sides = "long and short" if both else "long only"
    if not policy["allow_long"][0]:
        sides = "short only"
    return (
        _cash(setting),
        Assumption("sizing", "Size of an entry", *_sizing(setting, policy)),
        Assumption("leverage", "Highest leverage", f"{leverage:g}", leverage),
        Assumption("sides", "Sides", sides, sides.replace(" ", "_")),
        *cost_assumptions(setting),
    )


def _market(setting: RunSetting) -> tuple[Assumption, ...]:
    instrument = setting.instrument
    tick = instrument.tick
    offset_h = instrument.day_offset_ms / 3_600_000
    year = setting.days_per_year
    reason = "the market never closes" if year == 365 else "days of an exchange"
    return (
        Assumption(
            "tick",
            "Price step",
            "prices as given" if tick is None else plain_number(tick),
            None if tick is None else float(tick),
        ),
        Assumption("lot", "Quantity step", plain_number(instrument.lot), float(instrument.lot)),
        Assumption(
            "min_notional",
            "Smallest order",
            plain_number(instrument.min_notional) if instrument.min_notional else "none",
            float(instrument.min_notional),
        ),
        Assumption(
            "day_offset_ms",
            "Session day begins",
            "at midnight UTC" if not offset_h else f"at midnight UTC{offset_h:+g} h",
            instrument.day_offset_ms,
        ),
        Assumption(
            "days_per_year", "Year of the ratios", f"{year} days ({reason}), risk-free rate 0", year
        ),
    )


def _data(setting: RunSetting, parameters: Resolved) -> tuple[Assumption, ...]:
    bars, earlier = setting.range, setting.first
    warm_up = setting.compiled.warm_up(parameters, bars.timeframe_ms)
    first, last = iso_time(int(bars.ts[0])), iso_time(int(bars.ts[-1]))
    given = f"{warm_up:,} bars needed, {earlier:,} given before the range"
    return (
        Assumption("bars", "Bars", f"{len(bars):,}", len(bars)),
        Assumption("first_bar", "First bar opens", first, first),
        Assumption("last_bar", "Last bar opens", last, last),
        Assumption("warm_up_bars", "Warm-up", given, warm_up),
        Assumption("bars_before_range", "Bars before the range", f"{earlier:,}", earlier),
    )


def _sizing(setting: RunSetting, policy: Records) -> tuple[str, str]:
    mode, size = int(policy["sizing"][0]), float(policy["size"][0])
    origin = " (the strategy's own)" if setting.account.sizing.mode == "definition" else ""
    if mode == BY_QUANTITY:
        return f"{size:g} units{origin}", f"quantity:{size:g}"
    if mode == BY_RISK:
        return f"{size * 100:g} % of equity lost at the stop{origin}", f"risk:{size:g}"
    return f"{size * 100:g} % of equity at the signal's close{origin}", f"fraction:{size:g}"
