"""Reading a file without a lake."""

from pathlib import Path

import pytest

from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.market.files import read_bars
from tests.market.makers import DAY, HOUR, MINUTE, csv_rows, make_bars, pick, same_bars, write_csv


@pytest.mark.parametrize("timeframe_ms", [MINUTE, 15 * MINUTE, HOUR, DAY])
def test_timeframe_is_the_usual_spacing(tmp_path: Path, timeframe_ms: int) -> None:
    bars = pick(make_bars(300, timeframe_ms=timeframe_ms), [k for k in range(300) if k % 7])
    found, report = read_bars(write_csv(tmp_path / "a.csv", csv_rows(bars)))
    assert same_bars(found, bars)
    assert (report.rows, report.good, report.rejected) == (len(bars), len(bars), 0)


def test_bad_rows_are_left_out_and_reported(tmp_path: Path) -> None:
    rows = csv_rows(make_bars(50))
    stray = rows[5].split(",")
    rows += [rows[3], rows[4].rsplit(",", 1)[0] + ",1234", "nonsense", ",".join(
        [str(int(stray[0]) + 17 * MINUTE), *stray[1:]])]  # fmt: skip
    found, report = read_bars(write_csv(tmp_path / "a.csv", rows))
    assert same_bars(found, make_bars(50))
    assert report.reasons == {
        "duplicate": 1, "duplicate_conflict": 1, "malformed": 1, "off_grid": 1
    }  # fmt: skip
    assert {sample.line for sample in report.samples} == {52, 53, 54, 55}
    assert report.rows == report.good + report.rejected


def test_timeframe_given_is_held_against_the_file(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", csv_rows(make_bars(50)))
    assert len(read_bars(path, "1h")[0]) == 50
    with pytest.raises(InvalidInput, match="does not hold bars of 5m"):
        read_bars(path, "5m")


def test_one_bar_has_no_spacing(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", csv_rows(make_bars(1)))
    with pytest.raises(InvalidInput, match="cannot be seen"):
        read_bars(path)
    assert len(read_bars(path, "1h")[0]) == 1


def test_naive_file_needs_a_zone_and_a_missing_one_is_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [f"2024-01-{d:02d},1,1,1,1,1" for d in range(1, 9)])
    with pytest.raises(InvalidInput, match="no time zone"):
        read_bars(path)
    assert len(read_bars(path, timezone="UTC")[0]) == 8
    with pytest.raises(NotFound):
        read_bars(tmp_path / "none.csv")
