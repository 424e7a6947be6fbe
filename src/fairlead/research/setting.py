"""What every parameter set of a run shares: definition, bars, range, instrument and account."""

from dataclasses import dataclass

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.records import BY_FRACTION, BY_QUANTITY, BY_RISK, Records, new_instrument
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import Signals
from fairlead.market.charges.funding import FundingSeries, constant_funding
from fairlead.market.charges.model import CostTerms
from fairlead.market.instruments import ALWAYS, Instrument
from fairlead.research.account import check_account, costs_of, write_terms
from fairlead.research.daily import (
    ALWAYS_DAYS_PER_YEAR,
    DAY_MS,
    EXCHANGE_DAYS_PER_YEAR,
    Floats,
    session_days,
)
from fairlead.research.model import Account, Period
from fairlead.research.times import iso_time
from fairlead.strategies.kinds.rules.columns import ColumnCache
from fairlead.strategies.kinds.rules.compile import CompiledRules, compile_rules
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.source import version_hash

SIZING_CODES = {"quantity": BY_QUANTITY, "fraction": BY_FRACTION, "risk": BY_RISK}
BARS_MIN = 2
WEEKEND_PROOF_DAYS = 28
# Two days of seven where a market never closes; special sessions stay far below this.
WEEKEND_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class RunSetting:
    """Hold the parts of a run; `bars` may begin before the range, to warm indicators up.

    The range is `bars[first:stop]` and ends with them: nothing later is ever at hand. `record`
    is the kernel's INSTRUMENT. `terms` are the costs in force at the last bar; `funding` has the
    rates due at each bar's open, or none at all, shape (0,).
    """

    name: str
    version_hash: str
    compiled: CompiledRules
    bars: Bars
    first: int
    stop: int
    timeframe: str
    instrument: Instrument
    record: Records
    account: Account
    terms: CostTerms
    funding: Floats
    days_per_year: int

    def terms_at(self, ms: int) -> CostTerms:
        """Return the costs in force at a moment, those of the first date for one before it."""
        return costs_of(self.account).at(ms).terms

    def slippage_at(self, ms: int) -> float:
        """Return the share of price by which a fill at the market is worsened, spread included."""
        return float(self.account.slippage + self.terms_at(ms).half_spread)

    @property
    def range(self) -> Bars:
        """Return the bars of the range as views."""
        return self.bars.slice(self.first, self.stop)

    def signals(
        self, bars: Bars, parameters: Resolved, cache: ColumnCache | None = None
    ) -> Signals:
        """Return the signals of one parameter set over `bars`, by this instrument's calendar."""
        return self.compiled.signals(bars, parameters, cache, self.instrument)

    def policies(
        self, parameters: Resolved, first: int, stop: int
    ) -> tuple[Records, tuple[tuple[int, Records], ...]]:
        """Return the POLICY at bar `first`, and later ones by their first bar, counted from it.

        A new one begins with the first bar that opens under new costs.
        """
        ts = self.bars.ts[first:stop]
        dated = costs_of(self.account).between(int(ts[0]), int(ts[-1]) + 1)
        changes = [
            (int(np.searchsorted(ts, entry.from_ms)), self.policy(parameters, entry.terms))
            for entry in dated
        ]
        return changes[0][1], tuple(changes[1:])

    def policy(self, parameters: Resolved, terms: CostTerms | None = None) -> Records:
        """Return the POLICY of one parameter set, shape (1,), under these terms or the latest."""
        policy = self.compiled.policy(parameters).copy()
        account = self.account
        write_terms(policy, account, terms or self.terms)
        if account.sizing.mode != "definition":
            policy["sizing"] = SIZING_CODES[account.sizing.mode]
            policy["size"] = float(account.sizing.size)
        if account.long_only:
            policy["allow_short"] = 0
        return policy


def open_setting(
    document: RulesDocument,
    bars: Bars,
    period: Period,
    timeframe: str,
    instrument: Instrument,
    account: Account,
    *,
    funding: FundingSeries | None = None,
) -> RunSetting:
    """Bring the parts of a run together; `funding` is charged where the account asks for it.

    Raises `InvalidInput` for an invalid definition, no bars, a range without bars, or an account
    that cannot trade.
    """
    check_account(account)
    first, stop = _range(bars, period)
    known = bars.slice(0, stop)
    terms = costs_of(account).at(int(known.ts[-1])).terms
    return RunSetting(
        name=document.name,
        version_hash=version_hash(document),
        compiled=compile_rules(document),
        bars=known,
        first=first,
        stop=stop,
        timeframe=timeframe,
        instrument=instrument,
        record=kernel_instrument(instrument),
        account=account,
        terms=terms,
        funding=_funding(known, account, terms, funding),
        days_per_year=_days_per_year(known, instrument),
    )


def kernel_instrument(instrument: Instrument) -> Records:
    """Return the kernel's INSTRUMENT of a market instrument."""
    return new_instrument(
        tick=instrument.tick,
        lot=instrument.lot,
        min_notional=float(instrument.min_notional),
        shorting=instrument.shorting,
        max_leverage=float(instrument.max_leverage),
    )


def _funding(
    bars: Bars, account: Account, terms: CostTerms, series: FundingSeries | None
) -> Floats:
    """Return the rates due on each bar: those of the series, else the constant one of the terms."""
    if account.funding and series is not None:
        return series.on_bars(bars.ts)
    if not terms.funding:
        return np.empty(0, np.float64)
    last_close = int(bars.ts[-1]) + bars.timeframe_ms
    return constant_funding(terms.funding, int(bars.ts[0]), last_close).on_bars(bars.ts)


def _range(bars: Bars, period: Period) -> tuple[int, int]:
    if len(bars) == 0:
        raise InvalidInput("There are no bars to run on.", expected="at least two bars", found="0")
    if period.start_ms >= period.end_ms:
        raise InvalidInput(
            "The range is empty: its end is not after its start.",
            expected="--from earlier than --to",
            found=f"{iso_time(period.start_ms)} to {iso_time(period.end_ms)}",
        )
    first, stop = np.searchsorted(bars.ts, np.array([period.start_ms, period.end_ms])).tolist()
    if stop - first < BARS_MIN:
        raise InvalidInput(
            f"The range holds {stop - first} bars of the {len(bars):,} there are.",
            expected=f"a range within {iso_time(int(bars.ts[0]))} to {iso_time(int(bars.ts[-1]))}",
            found=f"{stop - first} bars",
            action="Change --from and --to.",
        )
    return first, stop


def _days_per_year(bars: Bars, instrument: Instrument) -> int:
    """Return 365, or 252 for an exchange: by calendar, or because it hardly ever has weekends."""
    if instrument.calendar != ALWAYS:
        return EXCHANGE_DAYS_PER_YEAR
    days = np.unique(session_days(bars.ts, instrument.day_offset_ms))
    too_short = int(days[-1]) - int(days[0]) < WEEKEND_PROOF_DAYS
    if too_short or bars.timeframe_ms >= 7 * DAY_MS:
        return ALWAYS_DAYS_PER_YEAR
    # 1970-01-01 was a Thursday: Saturday and Sunday are 2 and 3
    weekends = float(np.isin(days % 7, (2, 3)).mean())
    return EXCHANGE_DAYS_PER_YEAR if weekends < WEEKEND_SHARE else ALWAYS_DAYS_PER_YEAR
