"""What the simulated venue lists: made-up markets by seed, and the series of a lake."""

import re
from dataclasses import dataclass
from decimal import Decimal

from fairlead.market.feeds.noise import Noise
from fairlead.market.lake import Lake
from fairlead.simulator.markets import GeneratedMarket, LakeMarket, Market

_BORN_MS = 1_514_764_800_000  # 2018-01-01
_COINS = (
    ("BTC", 64_000.0, "0.1", "0.001"),
    ("ETH", 3_200.0, "0.01", "0.01"),
    ("SOL", 150.0, "0.01", "0.1"),
    ("XRP", 0.6, "0.0001", "1"),
    ("DOGE", 0.12, "0.00001", "1"),
    ("ADA", 0.45, "0.0001", "1"),
    ("LINK", 14.0, "0.001", "0.1"),
    ("LTC", 85.0, "0.01", "0.1"),
)
_SPOT = re.compile(r"([A-Z0-9]+)-([A-Z0-9]+)")
_PERPETUAL = re.compile(r"([A-Z0-9]+)-([A-Z0-9]+)(?:-PERP|-USDT)")


@dataclass(frozen=True, slots=True)
class Listed:
    """One instrument of the venue; `symbol` is the venue's own name, such as BTCUSDT."""

    category: str
    symbol: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    min_notional: Decimal
    launched_ms: int
    market: Market
    funding_minutes: int = 480


def generated_listings(seed: int, more: int = 0) -> list[Listed]:
    """Return the usual coins as spot and perpetual, and `more` made-up ones as perpetuals.

    Equal seeds give equal markets. Spot and perpetual of a coin have one price.
    """
    found = []
    for place, (coin, price, tick, lot) in enumerate(_COINS):
        for category in ("spot", "linear"):
            market = _market(seed, place, price, tick)
            found.append(_listed(category, coin, tick, lot, market))
    noise = Noise(seed, 7)
    for place in range(more):
        price = float(10 ** (4 * noise.uniform(1)[0] - 1))
        market = _market(seed, 100 + place, price, "0.0001")
        found.append(_listed("linear", f"SIM{place:03d}", "0.0001", "1", market))
    return found


def lake_listings(lake: Lake, venue: str) -> list[Listed]:
    """Return the instruments of `venue` that a lake has bars of, with their real prices."""
    found: dict[tuple[str, str], Listed] = {}
    for key in lake.series():
        name, _, symbol = key.instrument.partition(":")
        perpetual, spot = _PERPETUAL.fullmatch(symbol), _SPOT.fullmatch(symbol)
        match = perpetual or spot
        if name != venue or match is None:
            continue
        category = "linear" if perpetual else "spot"
        market = LakeMarket(lake, key.instrument)
        first = lake.coverage(key.instrument)[0].first_ts or 0
        tick, lot = Decimal("0.00000001"), Decimal("0.00000001")
        found[category, match[1] + match[2]] = Listed(
            category, match[1] + match[2], match[1], match[2], tick, lot, Decimal(5), first, market
        )
    return list(found.values())


def _market(seed: int, place: int, price: float, tick: str) -> GeneratedMarket:
    low, size = Noise(seed, 1_000 + place).uniform(2).tolist()
    return GeneratedMarket(
        seed=seed * 1_000_003 + place,
        price=price,
        tick=float(tick),
        volatility=0.4 + 0.6 * low,
        size=(1_000 + 200_000 * size) / price,
        born_ms=_BORN_MS,
    )


def _listed(category: str, coin: str, tick: str, lot: str, market: GeneratedMarket) -> Listed:
    return Listed(
        category=category,
        symbol=f"{coin}USDT",
        base=coin,
        quote="USDT",
        tick=Decimal(tick),
        lot=Decimal(lot),
        min_notional=Decimal(5),
        launched_ms=market.born_ms,
        market=market,
    )
