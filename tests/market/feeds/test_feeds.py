"""Every feed of the catalog: resumes to the digit; the simulated market: same for equal seeds."""

from pathlib import Path

import numpy as np
import pytest

from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.market.candles import Candle, CandleBuilder, Tick, bars_of_candles
from fairlead.market.feeds.catalog import FEEDS, open_feed
from fairlead.market.feeds.noise import Noise
from fairlead.market.feeds.port import Feed
from fairlead.market.feeds.simulated import INSTRUMENTS
from fairlead.market.feeds.simulated_market import first_state, minute_columns, trade_hour
from fairlead.market.lake import Lake
from fairlead.market.reports import JsonObject
from tests.market.makers import DAY, HOUR, MINUTE, START, make_bars, same_bars

NOW = START + 400 * DAY + 12_345
CONFIGS: dict[str, JsonObject] = {
    "simulated": {"hour_days": 2, "minute_days": 1, "behind_days": 1, "minute_s": 0.5},
    "replay": {"source": "x:BTC-USDT", "timeframe": "1h", "bars_per_s": 20.0, "warm_bars": 50},
}


def alive() -> None:
    """Take note of nothing."""


def opened(kind: str, lake: Lake, cursor: JsonObject, now_ms: int = NOW) -> Feed:
    feed = open_feed(kind, CONFIGS[kind], cursor, now_ms, lake)
    feed.prepare(lake, alive)
    return feed


def lived(feed: Feed, steps: int, start_ms: int) -> list[Candle]:
    """Return the candles that closed over `steps` tenths of a second."""
    builder = CandleBuilder(feed.timeframe_ms, feed.settle_ms, feed.closed_until_ms)
    candles: list[Candle] = []
    for number in range(steps):
        step = feed.step(start_ms + (number + 1) * 100)
        for tick in step.ticks:
            builder.add(tick)
        candles += [*builder.close_due(step.now_ms), *step.bars]
    assert builder.late == 0
    return candles


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    lake.append("x:BTC-USDT", "1h", make_bars(600))
    return lake


@pytest.mark.parametrize("kind", sorted(FEEDS))
def test_feed_is_configured_here(kind: str) -> None:
    assert kind in CONFIGS


@pytest.mark.parametrize("kind", sorted(FEEDS))
def test_feed_resumes_from_any_cursor_to_the_digit(kind: str, lake: Lake) -> None:
    feed = opened(kind, lake, {})
    whole = lived(feed, 150, NOW)
    assert len(whole) > 20
    for count in (1, 7, len(whole) // 2):
        until = whole[count - 1].end
        again = opened(kind, lake, feed.cursor_at(until) if kind == "replay" else
                       _cursor(kind, lake, until))  # fmt: skip
        assert again.closed_until_ms == until
        rest = lived(again, 150, NOW)
        expected = [candle for candle in whole if candle.ts >= until]
        assert rest[: len(expected)] == expected[: len(rest)]
        assert rest


def _cursor(kind: str, lake: Lake, until_ms: int) -> JsonObject:
    feed = opened(kind, lake, {})
    for number in range(150):
        step = feed.step(NOW + (number + 1) * 100)
        if step.now_ms >= until_ms:
            break
    return feed.cursor_at(until_ms)


@pytest.mark.parametrize("kind", sorted(FEEDS))
def test_feed_prepares_the_same_lake_again_after_a_kill(kind: str, tmp_path: Path) -> None:
    lakes = [Lake(tmp_path / name) for name in ("one", "two")]
    for lake in lakes:
        lake.append("x:BTC-USDT", "1h", make_bars(600))
    first = opened(kind, lakes[0], {})
    cursor = open_feed(kind, CONFIGS[kind], {}, NOW, lakes[1]).cursor_at(first.closed_until_ms)
    for _ in range(2):
        opened(kind, lakes[1], cursor, NOW + 3 * HOUR)
    assert lakes[0].series() == lakes[1].series()
    for key in lakes[0].series():
        left, right = (lake.bars(key.instrument, key.timeframe) for lake in lakes)
        assert same_bars(left, right), key


@pytest.mark.parametrize("kind", sorted(FEEDS))
def test_feed_that_stood_still_for_a_day_does_not_flood(kind: str, lake: Lake) -> None:
    feed = opened(kind, lake, {})
    step = feed.step(NOW + 1)
    assert len(step.bars) == 0
    late = feed.step(NOW + 200)
    assert late.now_ms - step.now_ms < DAY


def test_history_continues_into_life_without_a_seam(lake: Lake) -> None:
    feed = opened("simulated", lake, {})
    candles = lived(feed, 120, NOW)
    for name in feed.instruments:
        history = lake.bars(name, "1m")
        life = bars_of_candles([c for c in candles if c.instrument == name], MINUTE)
        assert int(history.ts[-1]) + MINUTE == int(life.ts[0])
        assert (np.diff(life.ts) == MINUTE).all()
        assert abs(life.open[0] / history.close[-1] - 1) < 0.02
    coverage = {(c.instrument, c.timeframe): c for c in lake.coverage()}
    assert coverage["sim:BTC-USDT", "1m"].bars == 1_440
    assert coverage["sim:BTC-USDT", "1h"].bars == 48
    assert all(c.missing_bars == 0 for c in coverage.values())


def test_minutes_made_at_once_equal_minutes_built_from_ticks() -> None:
    state = first_state(INSTRUMENTS, START // HOUR)
    hour = trade_hour(INSTRUMENTS, 7, state)
    builder = CandleBuilder(MINUTE, 0)
    for index, instrument in enumerate(INSTRUMENTS):
        rows = zip(hour.ts[index], hour.price[index], hour.size[index], strict=True)
        for ts, price, size in rows:
            builder.add(Tick(instrument.key, int(ts), float(price), float(size)))
    ts, columns = minute_columns(hour)
    found = builder.close_due(START + DAY)
    for index, instrument in enumerate(INSTRUMENTS):
        own = [candle for candle in found if candle.instrument == instrument.key]
        assert [candle.ts for candle in own] == ts.tolist()
        built = [[c.open, c.high, c.low, c.close, c.volume] for c in own]
        assert built == columns[index].tolist()


def test_simulated_market_is_the_same_for_equal_seeds_only() -> None:
    state = first_state(INSTRUMENTS, START // HOUR)
    one, same, other = (trade_hour(INSTRUMENTS, seed, state) for seed in (1, 1, 2))
    assert np.array_equal(one.price, same.price)
    assert one.after == same.after
    assert not np.array_equal(one.price, other.price)


def test_simulated_market_stays_within_reason_for_years() -> None:
    state = first_state(INSTRUMENTS, 0)
    closes = []
    for _ in range(24 * 365 * 2 // 8):  # hours drawn are independent of the calendar
        state = trade_hour(INSTRUMENTS, 3, state).after
        closes.append(state.prices)
    prices = np.array(closes)
    starts = np.array([instrument.price for instrument in INSTRUMENTS])
    assert ((prices > starts / 12) & (prices < starts * 12)).all()
    moves = np.diff(np.log(prices), axis=0)
    yearly = moves.std(axis=0) * np.sqrt(8_766)
    assert ((yearly > 0.3) & (yearly < 2.0)).all()
    assert (np.corrcoef(moves.T) > 0.3).all()
    squared = np.abs(moves[:, 0])
    assert np.corrcoef(squared[1:], squared[:-1])[0, 1] > 0.05


def test_noise_has_the_moments_it_promises() -> None:
    noise = Noise(5, 9)
    for numbers in (noise.bell(200_000), noise.heavy_tailed(200_000)):
        assert abs(numbers.mean()) < 0.02
        assert abs(numbers.std() - 1) < 0.05
    uniform = noise.uniform(200_000)
    assert uniform.min() > 0
    assert uniform.max() < 1
    assert abs(uniform.mean() - 0.5) < 0.01


def test_noise_is_pinned_to_known_numbers() -> None:
    found = Noise(20_240_101, 473_352).uniform(3)
    assert found.tolist() == PINNED


# A change here would let a running market continue with other prices than it would have had.
PINNED = [0.5921898908526049, 0.11469628490785505, 0.6325675909230621]


def test_replay_ends_and_says_so(lake: Lake) -> None:
    feed = opened("replay", lake, {})
    last = feed.step(NOW + 3_600_000)
    assert last.finished
    assert last.bars[-1].ts == START + 599 * HOUR
    assert feed.step(NOW + 3_700_000).bars == ()


def test_replay_copies_the_history_before_its_start(lake: Lake) -> None:
    opened("replay", lake, {})
    copied = lake.bars("replay:x:BTC-USDT", "1h")
    assert same_bars(copied, make_bars(600).slice(0, 50))


@pytest.mark.parametrize(
    ("kind", "config", "words"),
    [
        ("none", {}, "no feed of kind"),
        ("simulated", {"instruments": ["sim:X"]}, "no such instrument"),
        ("simulated", {"minute_s": 0}, "minute_s"),
        ("simulated", {"seed": "x"}, "seed"),
        ("replay", {}, "needs a source"),
        ("replay", {"source": "x:BTC-USDT", "bars_per_s": True}, "bars_per_s"),
        ("replay", {"source": "x:BTC-USDT", "timeframes": [5]}, "timeframes"),
    ],
)
def test_feed_that_cannot_be_is_refused(
    kind: str, config: JsonObject, words: str, lake: Lake
) -> None:
    with pytest.raises(InvalidInput, match=words):
        open_feed(kind, config, {}, NOW, lake)


def test_replay_of_what_is_not_there_is_refused(lake: Lake) -> None:
    with pytest.raises(NotFound):
        open_feed("replay", {"source": "x:NONE"}, {}, NOW, lake)
