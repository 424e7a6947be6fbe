"""Funding: read from what people have, kept once, charged to who held the position."""

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.cli.main import main
from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.market.charges.funding import FundingSeries, check_funding, constant_funding
from fairlead.market.charges.funding_files import import_funding, load_funding, read_funding
from fairlead.market.lake import Lake
from tests.research.samples import walk_bars

HOUR_MS = 3_600_000
START = 1_700_006_400_000  # 2023-11-15T00:00:00Z
KEY = "bybit:BTC-USDT"


def series(*rates: float, start: int = START, step_h: int = 8) -> FundingSeries:
    ts = start + np.arange(len(rates), dtype=np.int64) * step_h * HOUR_MS
    return FundingSeries(ts, np.array(rates))


def opens(count: int, hours: int) -> np.ndarray:
    return START + np.arange(count, dtype=np.int64) * hours * HOUR_MS


def test_payment_at_an_open_falls_on_the_bar_that_opens_then() -> None:
    due = series(0.1, 0.2, 0.3).on_bars(opens(17, 1))
    assert {at: due[at] for at in np.flatnonzero(due).tolist()} == {0: 0.1, 8: 0.2, 16: 0.3}


def test_payments_within_a_long_bar_fall_on_the_next_open() -> None:
    due = series(0.01, 0.02, 0.03, 0.04).on_bars(opens(3, 24))
    assert due.tolist() == pytest.approx([0.01, 0.02 + 0.03 + 0.04, 0.0])


def test_payments_in_a_gap_fall_on_the_bar_after_it() -> None:
    bars = np.delete(opens(20, 1), np.arange(6, 18))
    due = series(0.01, 0.02, 0.03).on_bars(bars)
    assert due[6] == pytest.approx(0.02 + 0.03)


def test_payments_outside_of_the_bars_are_not_charged() -> None:
    early = series(0.5, start=START - HOUR_MS)
    late = series(0.5, start=START + 100 * HOUR_MS)
    assert not early.on_bars(opens(5, 1)).any()
    assert not late.on_bars(opens(5, 1)).any()


@given(st.lists(st.floats(-0.01, 0.01), min_size=1, max_size=30), st.integers(1, 30))
def test_a_longer_range_never_changes_what_an_earlier_bar_pays(
    rates: list[float], cut: int
) -> None:
    whole = opens(40, 6)
    full, part = series(*rates).on_bars(whole), series(*rates).on_bars(whole[:cut])
    assert full[:cut].tolist() == part.tolist()


def test_constant_rate_is_paid_three_times_a_day() -> None:
    made = constant_funding(Decimal("0.0001"), START + 1, START + 24 * HOUR_MS + 1)
    assert ((made.ts - START) // HOUR_MS).tolist() == [8, 16, 24]
    assert made.rates.tolist() == [0.0001] * 3


def test_file_of_a_venue_is_read_by_its_own_names(tmp_path: Path) -> None:
    path = tmp_path / "funding.csv"
    path.write_text(f"symbol,fundingRateTimestamp,fundingRate\nBTC,{START + 1},0.0002\n")
    found = read_funding(path)
    assert (found.ts.tolist(), found.rates.tolist()) == ([START + 1], [0.0002])
    stamps = pa.array([START, START + 8 * HOUR_MS], pa.timestamp("ms", "UTC"))
    pq.write_table(pa.table({"time": stamps, "funding_rate": [0.1, -0.1]}), tmp_path / "f.parquet")
    assert read_funding(tmp_path / "f.parquet").rates.tolist() == [0.1, -0.1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("ts,open\n1700006400000,1\n", "no column for the rate"),
        ("rate\n0.1\n", "no column for the time"),
        ("ts,rate\n1700006400000,5\n", "cannot be true"),
        ("ts,rate\n1700006400000,\n", "cannot be true"),
        ("ts,rate\n2024-01-01 00:00,0.01\n", "has no time zone"),
        ("ts,rate\n1700006400000,0.01\n1700006400000,0.02\n", "two different"),
        ("ts,rate\n", "no funding rates"),
    ],
)
def test_file_that_cannot_be_meant_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "funding.csv"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=message):
        read_funding(path)


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no file"):
        read_funding(tmp_path / "none.csv")


def test_series_are_joined_and_a_contradiction_changes_nothing(tmp_path: Path) -> None:
    assert load_funding(tmp_path, KEY) is None
    assert import_funding(tmp_path, KEY, series(0.01, 0.02)) == (2, 2)
    assert import_funding(tmp_path, KEY, series(0.01, 0.02, 0.03)) == (1, 3)
    with pytest.raises(InvalidInput, match="two different"):
        import_funding(tmp_path, KEY, series(0.01, 0.02, 0.04))
    kept = load_funding(tmp_path, KEY)
    assert kept is not None
    assert kept.rates.tolist() == [0.01, 0.02, 0.03]


def test_funding_beside_candles_is_no_series_of_bars(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append(KEY, "1h", walk_bars(5, gaps=False))
    import_funding(tmp_path, KEY, series(0.01))
    assert [key.instrument for key in lake.series()] == [KEY]
    assert len(lake.bars(KEY, "1h")) == 5


def test_doubled_times_with_one_rate_count_once() -> None:
    found = check_funding(np.array([8, 0, 8]), np.array([0.02, 0.01, 0.02]))
    assert (found.ts.tolist(), found.rates.tolist()) == ([0, 8], [0.01, 0.02])


def test_command_imports_and_says_what_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "funding.csv"
    path.write_text(f"ts,rate\n{START},0.0001\n{START + 8 * HOUR_MS},0.0003\n")
    words = ["data", "funding", "import", str(path), "--instrument", KEY, "--data", str(tmp_path)]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--json"])
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["added"], found["payments"]) == (2, 2)
    assert found["mean_rate"] == pytest.approx(0.0002)
