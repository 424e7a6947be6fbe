"""Every provider of the catalog beside an upstream of its own with known bars."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from fairlead.infra.clock import ManualClock, SystemClock
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.calendars import load_calendar
from fairlead.market.providers.catalog import ProviderConfig, open_provider
from fairlead.market.providers.port import CandleProvider
from fairlead.simulator.clock import MarketClock
from fairlead.simulator.faults import Fault, FaultKind, Faults
from fairlead.simulator.listings import Listed
from tests.market.makers import DAY, HOUR, START, csv_rows, make_bars, write_csv
from tests.market.providers.upstreams import (
    FakeKite,
    FakeYahoo,
    FixedMarket,
    bybit_of,
    served,
    spoilt,
)

QUARTER = 15 * 60_000
TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Upstream:
    """One provider and what stands behind it; `switch` puts a fault on, None takes it off.

    The upstream knows `bars` of `instrument` and nothing else; `now_ms` is behind all of them.
    """

    name: str
    config: ProviderConfig
    instrument: str
    unknown: str
    bars: Bars
    switch: Callable[[FaultKind | None, int], None]
    now_ms: int
    pages: int
    clock: ManualClock = field(default_factory=ManualClock)

    @property
    def timeframe(self) -> Timeframe:
        return Timeframe(self.bars.timeframe_ms)

    @property
    def start_ms(self) -> int:
        return int(self.bars.ts[0])

    @property
    def end_ms(self) -> int:
        return int(self.bars.ts[-1]) + self.bars.timeframe_ms

    def open(self, timeout_s: float = TIMEOUT_S) -> CandleProvider:
        """Return the provider, asked for the first time."""
        return open_provider(self.name, replace(self.config, timeout_s=timeout_s), self.clock)


def session_bars(timeframe_ms: int, start: int, days: int) -> Bars:
    """Return a bar for each one that the Indian calendar expects."""
    calendar = load_calendar("XBOM")
    phase = calendar.anchor(timeframe_ms)
    ts = calendar.expected(start, start + days * DAY, timeframe_ms, phase)
    walk = make_bars(len(ts), timeframe_ms=timeframe_ms)
    volume = np.floor(walk.volume)  # whole shares
    return Bars(ts, walk.open, walk.high, walk.low, walk.close, volume, timeframe_ms)


def _switching(faults: Faults, path: str = "") -> Callable[[FaultKind | None, int], None]:
    def switch(kind: FaultKind | None, times: int = 0) -> None:
        faults.clear()
        if kind is not None:
            faults.add(Fault(kind, path, times=times, hang_s=30.0))

    return switch


@pytest.fixture(scope="session")
def bybit() -> Iterator[Upstream]:
    """Return ccxt's Bybit before the simulator."""
    bars, faults = make_bars(2_500), Faults()
    step = Decimal("0.0001")
    listed = Listed(
        "spot", "FAIRUSDT", "FAIR", "USDT", step, step, Decimal(5), START, FixedMarket(bars)
    )
    now_ms = START + 2_600 * HOUR
    app = bybit_of(listed, now_ms, faults, MarketClock(SystemClock()))
    with served(app) as url:
        config = ProviderConfig(TIMEOUT_S, {"ccxt:bybit": url})
        yield Upstream(
            "ccxt:bybit", config, "bybit:FAIR-USDT", "bybit:NONE-USDT", bars,
            _switching(faults, "/v5/market/kline"), now_ms, 3,
        )  # fmt: skip


@pytest.fixture(scope="session")
def kite() -> Iterator[Upstream]:
    """Return Kite before its stand-in; 15-minute bars of a year take two calls."""
    bars, faults = session_bars(QUARTER, START - 400 * DAY, 300), Faults()
    with served(FakeKite(bars, faults).app()) as url:
        config = ProviderConfig(
            TIMEOUT_S, {"kite": url}, kite_api_key="key", kite_access_token="token"
        )
        yield Upstream("kite", config, "nse:FAIR", "nse:NONE", bars, _switching(faults), START, 2)


@pytest.fixture(scope="session")
def yahoo() -> Iterator[Upstream]:
    """Return Yahoo before its stand-in; daily bars of eleven years take two calls."""
    bars, faults = session_bars(DAY, START - 4_020 * DAY, 4_000), Faults()
    with served(FakeYahoo(bars, faults).app()) as url:
        config = ProviderConfig(TIMEOUT_S, {"yfinance": url})
        yield Upstream(
            "yfinance", config, "nse:FAIR", "nse:NONE", bars, _switching(faults), START, 2
        )


@pytest.fixture
def folder(tmp_path: Path) -> Upstream:
    """Return a folder with one Parquet file."""
    bars = make_bars(3_000)
    path = tmp_path / "files" / "x_FAIR-USDT_1h.parquet"
    path.parent.mkdir()

    def switch(kind: FaultKind | None, times: int = 0) -> None:
        assert times == 0
        path.unlink(missing_ok=True)
        path.with_suffix(".csv").unlink(missing_ok=True)
        if kind is FaultKind.HANG:
            os.mkfifo(path)
            return
        fault = None if kind is None else Fault(kind)
        if kind is FaultKind.DUPLICATE:
            write_csv(path.with_suffix(".csv"), csv_rows(spoilt(bars, fault)))
            return
        _write_parquet(path, spoilt(bars, fault))
        if kind in (FaultKind.CUT_BODY, FaultKind.HTTP_500):
            path.write_bytes(path.read_bytes()[:-100])

    switch(None)
    config = ProviderConfig(TIMEOUT_S, folder=path.parent)
    return Upstream(
        "csv", config, "x:FAIR-USDT", "x:NONE-USDT", bars, switch, START + 4_000 * HOUR, 1
    )


def _write_parquet(path: Path, bars: Bars) -> None:
    names = ("open", "high", "low", "close", "volume")
    times = pa.array(bars.ts.astype(np.int64)).cast(pa.timestamp("ms", tz="UTC"))
    prices = {name: pa.array(getattr(bars, name)) for name in names}
    parquet.write_table(pa.table({"ts": times, **prices}), path)


@pytest.fixture(params=["bybit", "kite", "yahoo", "folder"])
def upstream(request: pytest.FixtureRequest) -> Iterator[Upstream]:
    """Return each provider in turn, with no fault switched on."""
    found: Upstream = request.getfixturevalue(request.param)
    yield found
    found.switch(None, 0)
    if found.name == "yfinance":
        # it keeps answers about the past, wrong ones as well
        from yfinance.data import YfData

        YfData.cache_get.cache_clear()
