"""Unmodified ccxt before the simulated Bybit: it cannot tell the difference."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ccxt
import numpy as np
import pytest
import requests

from fairlead.infra.clock import ManualClock
from fairlead.kernel.timeframe import MINUTE_MS, Timeframe
from fairlead.market.lake import Lake
from fairlead.simulator.bybit.public import BybitPublic
from fairlead.simulator.clock import MarketClock
from fairlead.simulator.faults import FaultKind, Faults
from fairlead.simulator.listings import generated_listings, lake_listings
from fairlead.simulator.server import build_app
from tests.market.makers import DAY, HOUR, START, make_bars
from tests.market.providers.upstreams import served

NOW = START + 12 * HOUR + 34 * MINUTE_MS + 5_000


@dataclass(frozen=True, slots=True)
class Venue:
    """The simulator and a client of it."""

    url: str
    client: Any
    clock: MarketClock
    faults: Faults
    bybit: BybitPublic


@pytest.fixture(scope="module")
def running() -> Iterator[Venue]:
    clock, faults = MarketClock(ManualClock(), NOW, 0.0), Faults()
    bybit = BybitPublic(generated_listings(seed=7, more=2), clock)
    with served(build_app(bybit, clock, faults)) as url:
        client = ccxt.bybit(
            {
                "urls": {"api": {"public": url, "private": url}},
                "enableRateLimit": False,
                "timeout": 60_000,
                "options": {"defaultType": "swap", "fetchMarkets": {"types": ["spot", "linear"]}},
            }
        )
        client.load_markets()
        yield Venue(url, client, clock, faults, bybit)


@pytest.fixture
def venue(running: Venue) -> Iterator[Venue]:
    """Return the venue at NOW without faults."""
    yield running
    running.faults.clear()
    running.clock.set(NOW, 0.0)


def test_markets_load_with_their_terms(venue: Venue) -> None:
    spot, swap = (venue.client.market(name) for name in ("BTC/USDT", "BTC/USDT:USDT"))
    assert (spot["spot"], spot["active"], spot["precision"]["price"]) == (True, True, 0.1)
    assert (swap["swap"], swap["linear"], swap["settle"]) == (True, True, "USDT")
    assert swap["precision"]["amount"] == swap["limits"]["amount"]["min"] == 0.001
    assert swap["limits"]["leverage"]["max"] == 100
    assert spot["limits"]["cost"]["min"] == 5
    assert "SIM001/USDT:USDT" in venue.client.markets


def test_candles_come_with_the_running_one_last(venue: Venue) -> None:
    rows = venue.client.fetch_ohlcv("BTC/USDT:USDT", "1h", limit=5)
    assert [row[0] for row in rows] == [START + k * HOUR for k in range(8, 13)]
    past = venue.client.fetch_ohlcv("BTC/USDT:USDT", "1h", since=START, limit=3)
    assert [row[0] for row in past] == [START, START + HOUR, START + 2 * HOUR]
    venue.clock.set(START + 13 * HOUR)
    (closed,) = venue.client.fetch_ohlcv("BTC/USDT:USDT", "1h", since=START + 12 * HOUR, limit=1)
    running = rows[-1]
    assert running[1] == closed[1]
    assert running[5] < closed[5]
    assert running[2] <= closed[2]
    assert running[3] >= closed[3]


def test_answer_lists_the_newest_candle_first_as_text(venue: Venue) -> None:
    query = {"category": "spot", "symbol": "ETHUSDT", "interval": "60", "limit": "3"}
    answer = requests.get(f"{venue.url}/v5/market/kline", query, timeout=60).json()
    assert (answer["retCode"], answer["retMsg"]) == (0, "OK")
    times = [int(row[0]) for row in answer["result"]["list"]]
    assert times == sorted(times, reverse=True)
    assert all(isinstance(cell, str) for row in answer["result"]["list"] for cell in row)


def test_longer_candles_are_made_of_shorter_ones(venue: Venue) -> None:
    market = generated_listings(seed=7)[0].market
    hours = market.bars(Timeframe(HOUR), START, START + DAY)
    minutes = market.bars(Timeframe(MINUTE_MS), START, START + DAY)
    shaped = [column.reshape(24, 60) for column in (minutes.high, minutes.low, minutes.volume)]
    assert hours.open.tolist() == minutes.open[::60].tolist()
    assert hours.close.tolist() == minutes.close[59::60].tolist()
    assert hours.high.tolist() == shaped[0].max(axis=1).tolist()
    assert hours.low.tolist() == shaped[1].min(axis=1).tolist()
    np.testing.assert_allclose(hours.volume, shaped[2].sum(axis=1), rtol=1e-6)
    assert minutes.open[1:].tolist() == minutes.close[:-1].tolist()


def test_equal_seeds_give_equal_markets_and_others_do_not() -> None:
    first, same, other = (
        generated_listings(seed, 1)[-1].market.bars(Timeframe(HOUR), START, START + DAY)
        for seed in (3, 3, 4)
    )
    assert first.close.tolist() == same.close.tolist()
    assert first.close.tolist() != other.close.tolist()


def test_ticker_order_book_and_time_fit_the_candles(venue: Venue) -> None:
    ticker = venue.client.fetch_ticker("BTC/USDT:USDT")
    book = venue.client.fetch_order_book("BTC/USDT:USDT", 5)
    last = venue.client.fetch_ohlcv("BTC/USDT:USDT", "1m", limit=2)[0][4]
    assert abs(ticker["last"] / last - 1) < 0.01
    assert ticker["bid"] < ticker["last"] < ticker["ask"]
    assert len(book["bids"]) == len(book["asks"]) == 5
    assert book["bids"][0][0] < book["asks"][0][0]
    assert venue.client.fetch_time() == NOW
    assert len(venue.client.fetch_tickers(["BTC/USDT:USDT", "ETH/USDT:USDT"])) == 2


def test_funding_and_leverage_tiers_are_read(venue: Venue) -> None:
    rates = venue.client.fetch_funding_rate_history("BTC/USDT:USDT", limit=3)
    assert [rate["timestamp"] for rate in rates] == [START - 8 * HOUR, START, START + 8 * HOUR]
    assert all(abs(rate["fundingRate"]) <= 0.003 for rate in rates)
    current = venue.client.fetch_funding_rate("BTC/USDT:USDT")
    assert current["fundingTimestamp"] == START + 16 * HOUR
    tiers = venue.client.fetch_market_leverage_tiers("BTC/USDT:USDT")
    assert [tier["maxLeverage"] for tier in tiers] == [100, 50, 20]


def test_unknown_symbol_and_interval_are_refused_in_the_venues_words(venue: Venue) -> None:
    with pytest.raises(ccxt.BadSymbol):
        venue.client.fetch_ohlcv("NONE/USDT", "1h")
    query = {"category": "spot", "symbol": "NONEUSDT", "interval": "60"}
    answer = requests.get(f"{venue.url}/v5/market/kline", query, timeout=60).json()
    assert answer["retCode"] == 10_001
    wrong = {"category": "spot", "symbol": "BTCUSDT", "interval": "7"}
    assert (
        requests.get(f"{venue.url}/v5/market/kline", wrong, timeout=60).json()["retCode"] == 10_001
    )


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.HTTP_429, ccxt.NetworkError),
        (FaultKind.HTTP_403, ccxt.NetworkError),
        (FaultKind.HTTP_500, ccxt.NetworkError),
        (FaultKind.RATE_LIMIT, ccxt.RateLimitExceeded),
        (FaultKind.CUT_BODY, ccxt.NetworkError),
    ],
)
def test_fault_is_what_the_client_expects_of_a_real_one(
    venue: Venue, kind: FaultKind, error: type[Exception]
) -> None:
    body = {"kind": kind.value, "symbol": "BTCUSDT", "times": 1}
    assert requests.post(f"{venue.url}/simulator/faults", json=body, timeout=60).status_code == 200
    assert len(venue.client.fetch_ohlcv("ETH/USDT:USDT", "1h", limit=3)) == 3
    with pytest.raises(error):
        venue.client.fetch_ohlcv("BTC/USDT:USDT", "1h", limit=3)
    assert len(venue.client.fetch_ohlcv("BTC/USDT:USDT", "1h", limit=3)) == 3


def test_faults_are_listed_switched_off_and_refused_when_unknown(venue: Venue) -> None:
    address = f"{venue.url}/simulator/faults"
    requests.post(address, json={"kind": "http_500", "path": "/v5/market/time"}, timeout=60)
    assert [fault["kind"] for fault in requests.get(address, timeout=60).json()] == ["http_500"]
    assert requests.delete(address, timeout=60).json() == []
    assert venue.client.fetch_time() == NOW
    for wrong in ({"kind": "gremlin"}, {}, [1], {"kind": "hang", "times": "often"}):
        assert requests.post(address, json=wrong, timeout=60).status_code == 422


def test_clock_is_set_and_runs_as_told(venue: Venue) -> None:
    address = f"{venue.url}/simulator/clock"
    moved = requests.post(address, json={"now_ms": NOW + DAY, "speed": 0}, timeout=60).json()
    assert moved == {"now_ms": NOW + DAY, "speed": 0.0}
    assert venue.client.fetch_time() == NOW + DAY
    hand = ManualClock()
    clock = MarketClock(hand, START, 60.0)
    hand.sleep(2.0)
    assert clock.now_ms() == START + 120_000
    clock.set(speed=0.0)
    hand.sleep(5.0)
    assert clock.now_ms() == START + 120_000


def test_bars_of_a_lake_are_served_as_they_are(tmp_path: Path) -> None:
    lake, bars = Lake(tmp_path), make_bars(100)
    lake.append("bybit:REAL-USDT", "1h", bars)
    lake.append("bybit:REAL-USDT-PERP", "1h", bars)
    lake.append("binance:OTHER-USDT", "1h", bars)
    listed = lake_listings(lake, "bybit")
    assert [(each.category, each.symbol) for each in listed] == [
        ("spot", "REALUSDT"), ("linear", "REALUSDT")
    ]  # fmt: skip
    bybit = BybitPublic(listed, MarketClock(ManualClock(), START + 200 * HOUR, 0.0))
    query = {"category": "spot", "symbol": "REALUSDT", "interval": "60", "start": str(START)}
    answer = json.loads(json.dumps(bybit.respond("/v5/market/kline", query)))
    rows = answer["result"]["list"][::-1]
    assert [float(row[4]) for row in rows] == bars.close.tolist()
    four = bybit.respond("/v5/market/kline", {**query, "interval": "240"})
    longer = json.loads(json.dumps(four))["result"]["list"][::-1]
    assert float(longer[0][2]) == bars.high[:4].max()
