"""The candle lake: appending, reading, rolling, and several processes at once."""

import multiprocessing
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.infra.errors import InternalDefect, InvalidInput, NotFound
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.lake import Appended, Lake
from fairlead.market.manifest import SeriesKey, folder_of, read_manifest
from fairlead.market.parts import rows_of
from fairlead.market.tail import EMPTY, RECORD, append_tail, read_tail
from tests.market.makers import (
    DAY,
    HOUR,
    MINUTE,
    START,
    csv_rows,
    make_bars,
    pick,
    same_bars,
    write_csv,
)

KEY = "x:BTC-USDT"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def folder(lake: Lake, timeframe: str = "1h") -> Path:
    return folder_of(lake.root, SeriesKey(KEY, parse_timeframe(timeframe))).path


def test_series_that_is_not_there_is_named_with_what_is(lake: Lake) -> None:
    with pytest.raises(NotFound, match="no bars of x:BTC-USDT at 1h") as caught:
        lake.bars(KEY, "1h")
    assert "fairlead data import" in str(caught.value.action)
    lake.append(KEY, "1h", make_bars(3))
    with pytest.raises(NotFound) as caught:
        lake.bars(KEY, "5m")
    assert caught.value.found == "timeframes 1h"
    assert lake.last_ts(KEY, "5m") is None
    assert not lake.has(KEY, "5m")


def test_columns_are_contiguous_mapped_and_ranges_are_views(lake: Lake) -> None:
    bars = make_bars(5_000)
    lake.append(KEY, "1h", bars)
    found = lake.bars(KEY, "60")
    assert same_bars(found, bars)
    for name in ("ts", "open", "high", "low", "close", "volume"):
        column = getattr(found, name)
        assert column.flags.c_contiguous
        assert column.flags.writeable
        assert column.dtype == (np.int64 if name == "ts" else np.float64)
    part = lake.bars(KEY, "1h", START + 10 * HOUR, START + 20 * HOUR)
    assert same_bars(part, bars.slice(10, 20))
    assert len(lake.bars(KEY, "1h", START + HOUR, START)) == 0


def test_writing_into_a_column_does_not_reach_the_file(lake: Lake) -> None:
    bars = make_bars(100)
    lake.append(KEY, "1h", bars)
    lake.bars(KEY, "1h").close[:] = 0
    assert same_bars(lake.bars(KEY, "1h"), bars)


def test_append_takes_each_bar_once_and_never_changes_one(lake: Lake) -> None:
    bars = make_bars(50)
    assert lake.append(KEY, "1h", bars.slice(0, 30)) == Appended(30, 0, 0)
    assert lake.append(KEY, "1h", bars.slice(20, 40)) == Appended(10, 10, 0)
    other = make_bars(50, seed=2).slice(35, 45)
    assert lake.append(KEY, "1h", other) == Appended(5, 0, 5)
    assert same_bars(lake.bars(KEY, "1h").slice(0, 40), bars.slice(0, 40))
    assert lake.last_ts(KEY, "1h") == START + 44 * HOUR


def test_append_of_an_earlier_missing_bar_fills_the_hole(lake: Lake) -> None:
    bars = make_bars(50)
    lake.append(KEY, "1h", pick(bars, [k for k in range(50) if k != 20]))
    assert lake.coverage()[0].missing_bars == 1
    assert lake.append(KEY, "1h", bars.slice(20, 21)) == Appended(1, 0, 0)
    assert same_bars(lake.bars(KEY, "1h"), bars)
    assert lake.coverage()[0].missing_bars == 0


def test_tail_is_rolled_into_parts_by_month(lake: Lake) -> None:
    bars = make_bars(24 * 100)
    for at in range(0, len(bars), 50):
        lake.append(KEY, "1h", bars.slice(at, at + 50))
    assert same_bars(lake.bars(KEY, "1h"), bars)
    manifest = read_manifest(folder_of(lake.root, SeriesKey(KEY, parse_timeframe("1h"))))
    assert manifest is not None
    assert [part.period for part in manifest.parts] == ["2024-01", "2024-02", "2024-03"]
    assert len(list((folder(lake) / "parts").iterdir())) == 3
    assert len(list(folder(lake).glob("tail-*.bin"))) == 1
    coverage = lake.coverage()[0]
    assert (coverage.bars, coverage.missing_bars) == (2_400, 0)


@given(st.lists(st.integers(0, 119), min_size=1, max_size=30), st.integers(1, 12))
@settings(max_examples=20, deadline=None)
def test_any_order_of_appends_gives_the_union(
    tmp_path_factory: pytest.TempPathFactory, starts: list[int], length: int
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    bars = make_bars(131, timeframe_ms=DAY // 4)
    seen: set[int] = set()
    for start in starts:
        lake.append(KEY, "6h", bars.slice(start, start + length))
        seen.update(range(start, min(131, start + length)))
    assert same_bars(lake.bars(KEY, "6h"), pick(bars, sorted(seen)))
    assert lake.coverage()[0].bars == len(seen)


def test_bars_held_by_a_reader_stay_as_they_were(lake: Lake, tmp_path: Path) -> None:
    bars = make_bars(900)
    lake.append(KEY, "1h", bars.slice(0, 700))
    held = lake.bars(KEY, "1h")
    lake.append(KEY, "1h", bars.slice(700, 900))
    rows = [row.rsplit(",", 1)[0] + ",5.0" for row in csv_rows(bars)]
    lake.import_file(write_csv(tmp_path / "a.csv", rows), KEY, "1h", replace=True)
    assert (lake.bars(KEY, "1h").volume == 5.0).all()
    assert same_bars(held, bars.slice(0, 700))


@pytest.mark.parametrize("what", ["drop", "key", "boot", "rows", "text"])
def test_cache_that_is_lost_or_stale_is_made_again(lake: Lake, what: str) -> None:
    bars = make_bars(800)
    lake.append(KEY, "1h", bars.slice(0, 790))
    lake.bars(KEY, "1h")
    current = folder(lake) / "cache" / "current.json"
    text = current.read_text()
    if what == "drop":
        next(path for path in current.parent.iterdir() if path.is_dir()).rename(
            current.parent / "elsewhere"
        )
    elif what == "text":
        current.write_text("{")
    else:
        for name in ("key", "boot"):
            if what == name:
                current.write_text(text.replace(f'"{name}": "', f'"{name}": "x'))
        if what == "rows":
            current.write_text(text.replace('"tail_check": ', '"tail_check": 1'))
    for path in current.parent.glob("*/close"):
        if what in ("key", "boot", "rows"):
            path.write_bytes(bytes(path.stat().st_size))
    lake.append(KEY, "1h", bars.slice(790, 800))
    assert same_bars(lake.bars(KEY, "1h"), bars)


def test_part_changed_by_hand_is_seen_at_once(lake: Lake) -> None:
    lake.append(KEY, "1h", make_bars(2_000))
    lake.bars(KEY, "1h")
    part = next((folder(lake) / "parts").iterdir())
    content = bytearray(part.read_bytes())
    content[200:260] = bytes(60)
    part.write_bytes(bytes(content))
    with pytest.raises(InternalDefect, match="damaged"):
        lake.bars(KEY, "1h")


def test_description_that_is_damaged_is_told(lake: Lake) -> None:
    lake.append(KEY, "1h", make_bars(3))
    (folder(lake) / "series.json").write_text('{"layout": 1}')
    with pytest.raises(InternalDefect, match="damaged"):
        lake.bars(KEY, "1h")
    (folder(lake) / "series.json").write_text('{"layout": 99}')
    with pytest.raises(InvalidInput, match="layout 99"):
        lake.bars(KEY, "1h")


@pytest.mark.parametrize("cut", range(1, RECORD.itemsize, 11))
def test_torn_record_at_the_end_of_the_tail_is_not_read_and_written_over(
    tmp_path: Path, cut: int
) -> None:
    rows = rows_of(make_bars(10))
    path = tmp_path / "tail.bin"
    mark = append_tail(path, EMPTY, rows[:5])
    append_tail(path, mark, rows[5:6])
    os.truncate(path, 5 * RECORD.itemsize + cut)
    found, end = read_tail(path)
    assert (found["ts"] == rows["ts"][:5]).all()
    append_tail(path, end, rows[5:10])
    assert (read_tail(path)[0]["ts"] == rows["ts"]).all()


@given(st.integers(0, 10 * RECORD.itemsize - 1), st.integers(1, 255))
@settings(max_examples=80, deadline=None)
def test_any_changed_byte_of_the_tail_ends_it_there(
    tmp_path_factory: pytest.TempPathFactory, at: int, change: int
) -> None:
    path = tmp_path_factory.mktemp("tail") / "tail.bin"
    append_tail(path, EMPTY, rows_of(make_bars(10)))
    content = bytearray(path.read_bytes())
    content[at] ^= change
    path.write_bytes(bytes(content))
    assert len(read_tail(path)[0]) == at // RECORD.itemsize


def test_impossible_unordered_and_off_grid_bars_are_refused(lake: Lake) -> None:
    bars = make_bars(5)
    bad = make_bars(5)
    bad.high[2] = 0.001
    for wrong in (bad, pick(bars, [2, 1]), pick(bars, [1, 1])):
        with pytest.raises(InvalidInput):
            lake.append(KEY, "1h", wrong)
    nan = make_bars(5)
    nan.close[1] = np.nan
    with pytest.raises(InvalidInput, match="not_finite"):
        lake.append(KEY, "1h", nan)
    lake.append(KEY, "1h", bars)
    with pytest.raises(InvalidInput, match="grid"):
        lake.append(KEY, "1h", make_bars(2, start=START + 9 * HOUR + MINUTE))
    with pytest.raises(InvalidInput, match="another timeframe"):
        lake.append(KEY, "5m", bars)
    assert same_bars(lake.bars(KEY, "1h"), bars)


def test_lake_that_may_not_be_written_is_still_read(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars = make_bars(1_500)
    lake.append(KEY, "1h", bars)
    # root may write anywhere, so the refusal is made where the cache asks for its folder
    monkeypatch.setattr(Path, "mkdir", _refuse)
    assert same_bars(lake.bars(KEY, "1h"), bars)


def _refuse(*_: object, **__: object) -> None:
    raise PermissionError(13, "read-only file system")


def _append_slice(root: str, start: int) -> None:
    bars = make_bars(90)
    for at in range(start, 90, 3):
        Lake(Path(root)).append(KEY, "1h", bars.slice(at, at + 1))


def test_writers_in_several_processes_lose_nothing(lake: Lake) -> None:
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=_append_slice, args=(str(lake.root), start)) for start in range(3)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
        assert writer.exitcode == 0
    assert same_bars(lake.bars(KEY, "1h"), make_bars(90))


def test_reader_beside_a_writer_sees_a_prefix_and_never_less_than_before(lake: Lake) -> None:
    bars = make_bars(24 * 90)
    lake.append(KEY, "1h", bars.slice(0, 24))
    failures: list[str] = []
    done = threading.Event()

    def read() -> None:
        seen = 0
        while not done.is_set():
            found = lake.bars(KEY, "1h")
            if len(found) < seen or not same_bars(found, bars.slice(0, len(found))):
                failures.append(f"saw {len(found)} after {seen}")
            seen = len(found)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for at in range(24, len(bars), 12):
        lake.append(KEY, "1h", bars.slice(at, at + 12))
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert same_bars(lake.bars(KEY, "1h"), bars)


def test_coverage_of_many_series_reads_no_bars(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        lake.append(f"x:S{number}", "1h", make_bars(2_000))

    def fail(*_: object) -> Bars:
        raise AssertionError("coverage read a part")

    monkeypatch.setattr("fairlead.market.parts.parquet.ParquetFile", fail)
    assert [entry.bars for entry in lake.coverage()] == [2_000] * 20
    assert len(lake.coverage("x:S7")) == 1
    assert lake.coverage()[0].to_json(START + 2_000 * HOUR + 5_000)["freshness_s"] == 5
