"""Importing files: what is good arrives exactly, what is bad is kept aside exactly."""

import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.market import staging
from fairlead.market.lake import Lake
from tests.market.makers import (
    DAY,
    HEADER,
    HOUR,
    MINUTE,
    START,
    csv_rows,
    make_bars,
    pick,
    read_rejects,
    same_bars,
    write_csv,
)

KEY = "x:BTC-USDT"

# reason -> what makes a good line bad in that way
SPOIL: dict[str, Callable[[str], str]] = {
    "malformed": lambda line: line + ",7",
    "bad_time": lambda line: "soon" + line[line.index(",") :],
    "not_a_number": lambda line: line.rsplit(",", 2)[0] + ",abc,1.0",
    "not_finite": lambda line: line.rsplit(",", 1)[0] + ",nan",
    "not_positive": lambda line: replace_field(line, 3, "0"),
    "negative_volume": lambda line: line.rsplit(",", 1)[0] + ",-1",
    "high_below_low": lambda line: replace_field(line, 2, "0.0001"),
    "open_outside_range": lambda line: replace_field(line, 1, "1000000"),
    "close_outside_range": lambda line: replace_field(line, 4, "0.00001"),
    "off_grid": lambda line: replace_field(line, 0, str(int(line.split(",")[0]) + 60_000)),
    "no_time_zone": lambda line: replace_field(line, 0, "2024-01-01 07:00:00"),
}


def replace_field(line: str, at: int, value: str) -> str:
    fields = line.split(",")
    fields[at] = value
    return ",".join(fields)


def expected_of(rows: list[tuple[str, str]]) -> tuple[list[str], dict[int, str]]:
    """Return the good lines by time and line -> reason of the others, the slow and plain way."""
    kept: dict[int, str] = {}
    rejects: dict[int, str] = {}
    for number, (line, fault) in enumerate(rows, start=2):
        ts = line.split(",")[0]
        if fault:
            rejects[number] = fault
        elif int(ts) not in kept:
            kept[int(ts)] = line
        else:
            rejects[number] = "duplicate" if kept[int(ts)] == line else "duplicate_conflict"
    return [kept[ts] for ts in sorted(kept)], rejects


@st.composite
def spoiled_files(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Return (line, fault) pairs: a good series with rows spoiled, repeated and shuffled."""
    lines = csv_rows(make_bars(60, seed=draw(st.integers(0, 99))))
    rows = [(line, "") for line in lines]
    for _ in range(draw(st.integers(0, 12))):
        line = draw(st.sampled_from(lines))
        kind = draw(st.sampled_from([*SPOIL, "repeat", "differ"]))
        if kind == "repeat":
            rows.append((line, ""))
        elif kind == "differ":
            rows.append((line.rsplit(",", 1)[0] + ",123456.0", ""))
        else:
            rows.append((SPOIL[kind](line), kind))
    order = draw(st.permutations(rows)) if draw(st.booleans()) else rows
    # a naive first row alone would refuse the file; here at least one good row comes first
    first = next(index for index, row in enumerate(order) if not row[1])
    return [order[first], *order[:first], *order[first + 1 :]]


@given(spoiled_files(), st.sampled_from([7, 64, 100_000]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_import_of_any_corruption_keeps_good_rows_and_names_bad_lines(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], memory_rows: int
) -> None:
    folder = tmp_path_factory.mktemp("import")
    path = write_csv(folder / "a.csv", [line for line, _ in rows])
    good, rejects = expected_of(rows)
    patched = pytest.MonkeyPatch()
    patched.setattr(staging, "_MEMORY_ROWS", memory_rows)
    patched.setattr(staging, "_COMPACT_ROWS", memory_rows)
    try:
        lake = Lake(folder / "lake")
        report = lake.import_file(path, KEY, "1h")
        again = lake.import_file(path, KEY, "1h")
    finally:
        patched.undo()
    bars = lake.bars(KEY, "1h")
    assert csv_rows(bars) == good
    assert read_rejects(report.rejects_file) == rejects
    assert report.rows == len(rows) == report.added + report.rejected
    assert report.reasons == {
        name: list(rejects.values()).count(name) for name in sorted(set(rejects.values()))
    }
    assert (again.added, again.unchanged) == (0, len(good))
    assert read_rejects(again.rejects_file) == rejects
    assert lake.coverage()[0].rejected == len(rejects)


def test_import_counts_rows_out_of_order(tmp_path: Path) -> None:
    rows = csv_rows(make_bars(20))
    rows[3], rows[4] = rows[4], rows[3]
    rows[10], rows[12] = rows[12], rows[10]
    report = Lake(tmp_path / "lake").import_file(write_csv(tmp_path / "a.csv", rows), KEY, "1h")
    assert (report.added, report.unsorted) == (20, 3)


def test_import_reads_all_formats_to_the_same_bars(tmp_path: Path) -> None:
    bars = make_bars(500)
    table = pa.table(
        {
            "Date": pa.array(bars.ts, pa.timestamp("ms", tz="UTC")),
            **{
                name.title(): getattr(bars, name)
                for name in ("open", "high", "low", "close", "volume")
            },
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=100)
    feather.write_feather(table, str(tmp_path / "a.feather"), compression="zstd", chunksize=77)
    write_csv(tmp_path / "a.csv", csv_rows(bars))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    write_csv(
        tmp_path / "b.csv",
        [row.replace(",", ";") for row in csv_rows(bars)],
        "Open time;OPEN;High;<LOW>;close;VOL",
    )
    for index, path in enumerate(sorted(tmp_path.glob("*.*"))):
        lake = Lake(tmp_path / f"lake{index}")
        assert lake.import_file(path, KEY, "1h").rejected == 0, path
        assert same_bars(lake.bars(KEY, "1h"), bars), path


def test_import_takes_float32_decimal_integer_and_text_columns(tmp_path: Path) -> None:
    ones = [1, 2, 3]
    table = pa.table(
        {
            "timestamp": pa.array([START // 1000 + k * 3600 for k in range(3)], pa.int64()),
            "open": pa.array(ones, pa.float32()),
            "high": pa.array(ones, pa.int32()),
            "low": pa.array(["1", "2", "3"]),
            "close": pa.array([Decimal(one) for one in ones]),
            "volume": pa.array([None, 0, 5], pa.int64()),
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    report = Lake(tmp_path / "lake").import_file(tmp_path / "a.parquet", KEY, "1h")
    assert read_rejects(report.rejects_file) == {1: "not_a_number"}
    assert report.quality.zero_volume == 1


def test_lines_are_counted_over_blank_and_malformed_lines(tmp_path: Path) -> None:
    rows = csv_rows(make_bars(200))
    rows[5:5] = ["", "1,2", ""]
    rows[50] = "x" * 50
    rows[150] = replace_field(rows[150], 1, "nan")
    path = write_csv(tmp_path / "a.csv", rows, "# made by a vendor\n" + HEADER)
    report = Lake(tmp_path / "lake").import_file(path, KEY, "1h")
    assert read_rejects(report.rejects_file) == {9: "malformed", 53: "malformed", 153: "not_finite"}
    assert report.rows == 201


def test_quotes_are_taken_off_and_an_open_one_spoils_its_line_only(tmp_path: Path) -> None:
    rows = [",".join(f'"{field}"' for field in row.split(",")) for row in csv_rows(make_bars(40))]
    rows[7] = '"open' + rows[7]
    header = ",".join(f'"{name}"' for name in HEADER.split(","))
    lake = Lake(tmp_path / "lake")
    report = lake.import_file(write_csv(tmp_path / "a.csv", rows, header), KEY, "1h")
    assert read_rejects(report.rejects_file) == {9: "bad_time"}
    kept = [k for k in range(40) if k != 7]
    assert same_bars(lake.bars(KEY, "1h"), pick(make_bars(40), kept))


def test_endless_line_is_refused_in_words(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [*csv_rows(make_bars(9)), "x" * 9_000_000, ""])
    with pytest.raises(InvalidInput, match="damaged") as caught:
        Lake(tmp_path / "lake").import_file(path, KEY, "1h")
    assert "longer than 2 MB" in str(caught.value.found)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("preamble", ["", "\ufeff", "# vendor{0}{0}", "a{0}{0}{0}b,c{0}"])
def test_lines_are_counted_behind_any_preamble(tmp_path: Path, newline: str, preamble: str) -> None:
    rows = csv_rows(make_bars(30))
    rows[4] = "broken"
    before = preamble.format(newline)
    path = tmp_path / "a.csv"
    path.write_bytes((before + newline.join([HEADER, *rows]) + newline).encode())
    report = Lake(tmp_path / "lake").import_file(path, KEY, "1h")
    assert read_rejects(report.rejects_file) == {before.count(newline) + 6: "malformed"}


def test_bad_bytes_spoil_their_row_only(tmp_path: Path) -> None:
    rows = csv_rows(make_bars(20))
    path = write_csv(tmp_path / "a.csv", rows)
    content = path.read_bytes().replace(rows[7].split(",")[1].encode(), b"\xff\xfe", 1)
    path.write_bytes(content)
    report = Lake(tmp_path / "lake").import_file(path, KEY, "1h")
    assert report.added + report.rejected == 20
    assert set(report.reasons) == {"not_a_number"}


def test_naive_times_are_refused_and_read_with_the_zone_given(tmp_path: Path) -> None:
    stamps = np.datetime_as_string(make_bars(48).ts.astype("datetime64[ms]"), unit="s")
    path = write_csv(tmp_path / "a.csv", [f"{stamp},1,2,1,2,5" for stamp in stamps])
    lake = Lake(tmp_path / "lake")
    with pytest.raises(InvalidInput, match="no time zone") as caught:
        lake.import_file(path, KEY, "1h")
    assert "--timezone" in str(caught.value.action)
    assert lake.series() == []
    lake.import_file(path, KEY, "1h", timezone="Europe/Paris")
    assert lake.bars(KEY, "1h").ts[0] == START - HOUR
    with pytest.raises(InvalidInput, match="no time zone 'Mars'"):
        lake.import_file(path, KEY, "1h", timezone="Mars")


def test_overlap_with_other_values_is_kept_aside_unless_replace(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    bars = make_bars(100)
    lake.import_file(write_csv(tmp_path / "a.csv", csv_rows(bars)), KEY, "1h")
    rows = csv_rows(make_bars(120))[90:]
    rows[2] = rows[2].rsplit(",", 1)[0] + ",777.0"
    changed = write_csv(tmp_path / "b.csv", rows)
    report = lake.import_file(changed, KEY, "1h")
    found = (report.added, report.unchanged, report.conflicts, report.rejected)
    # make_bars draws spreads after closes, so all bars of another length differ in their spread
    assert found == (20, 10 - report.conflicts, report.conflicts, report.conflicts)
    assert report.conflicts >= 1
    assert same_bars(lake.bars(KEY, "1h").slice(0, 100), bars)
    replaced = lake.import_file(changed, KEY, "1h", replace=True)
    assert (replaced.replaced, replaced.conflicts) == (report.conflicts, 0)
    assert csv_rows(lake.bars(KEY, "1h"))[90:] == rows
    assert replaced.rejects_file is None
    assert not list((tmp_path / "lake").rglob("rejects/*.csv"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04zip", "zip archive"),
        (b"\xff\xfet\x00s\x00", "UTF-16"),
        (b"PAR1" + b"\x00" * 50, "damaged"),
        (b"ARROW1\x00\x00" + b"\x00" * 50, "damaged"),
        (b"\x1f\x8b" + b"\x00" * 50, "damaged"),
        (b"\x00\x01\x02\x03binary", "no known table"),
        (b"1,2,3,4,5,6\n1,2,3,4,5,6\n", "no header"),
        (b"ts,open,high,close,volume\n1,1,1,1,1\n", "no column for low"),
        (b"open,high,low,close\n1,1,1,1\n", "no column for ts"),
        (b"ts,open,high,low,close,Close\n1,1,1,1,1,1\n", "Several columns could be close"),
        (b"ts,open,high,low,close,Volume BTC,Volume USDT\n1,1,1,1,1,1,1\n", "could be the volume"),
        (b"ts,expiry,strike,right,open,high,low,close\n1,1,1,1,1,1,1,1\n", "not candles"),
        (b"ts,open,high,low,close,volume\n", "No row of"),
        (b"ts,open,high,low,close,volume\nx,1,1,1,1,1\n", "No row of"),
    ],
)
def test_file_that_cannot_be_candles_is_refused_in_words(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    lake = Lake(tmp_path / "lake")
    with pytest.raises(InvalidInput, match=words) as caught:
        lake.import_file(path, KEY, "1h")
    assert caught.value.action
    assert lake.series() == []
    assert not list((tmp_path / "lake").rglob("*.parquet"))


def test_missing_file_folder_and_wrong_names_are_refused(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    with pytest.raises(NotFound, match="There is no file"):
        lake.import_file(tmp_path / "none.csv", KEY, "1h")
    with pytest.raises(InvalidInput, match="folder"):
        lake.import_file(tmp_path, KEY, "1h")
    path = write_csv(tmp_path / "a.csv", csv_rows(make_bars(5)))
    with pytest.raises(InvalidInput, match="does not name an instrument"):
        lake.import_file(path, "x:../../etc", "1h")
    with pytest.raises(InvalidInput, match="timeframe"):
        lake.import_file(path, KEY, "1w")
    with pytest.raises(InvalidInput, match="no calendar"):
        lake.import_file(path, KEY, "1h", calendar="NOPE")


@pytest.mark.parametrize("kind", ["parquet", "feather", "csv.gz"])
def test_file_damaged_in_the_middle_leaves_the_lake_as_it_was(tmp_path: Path, kind: str) -> None:
    bars = make_bars(100_000, timeframe_ms=MINUTE)
    table = pa.table(
        {name: getattr(bars, name) for name in ("ts", "open", "high", "low", "close", "volume")}
    )
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        parquet.write_table(table, path, row_group_size=20_000)
    elif kind == "feather":
        feather.write_feather(table, str(path), compression="lz4", chunksize=20_000)
    else:
        path.write_bytes(gzip.compress("\n".join([HEADER, *csv_rows(bars)]).encode(), 1))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4_000] = bytes(4_000)
    path.write_bytes(bytes(content))
    lake = Lake(tmp_path / "lake")
    lake.append(KEY, "1m", bars.slice(0, 10))
    before = sorted(item.name for item in (tmp_path / "lake").rglob("*.*"))
    with pytest.raises(InvalidInput, match="damaged"):
        lake.import_file(path, KEY, "1m")
    assert same_bars(lake.bars(KEY, "1m"), bars.slice(0, 10))
    after = sorted(item.name for item in (tmp_path / "lake").rglob("*.*"))
    assert [name for name in after if name not in before and "current" not in name] == []


def test_other_timeframe_than_the_files_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", csv_rows(make_bars(100)))
    for timeframe in ("1m", "4h"):
        with pytest.raises(InvalidInput, match=f"does not hold bars of {timeframe}"):
            Lake(tmp_path / "lake").import_file(path, KEY, timeframe)


def test_daily_bars_at_a_zones_midnight_are_taken_over_the_year(tmp_path: Path) -> None:
    bars = make_bars(400, timeframe_ms=DAY)
    month = bars.ts.astype("datetime64[ms]").astype("datetime64[M]").astype(int) % 12
    ts = bars.ts + np.where((month >= 2) & (month <= 9), 4, 5) * HOUR
    shifted = [replace_field(row, 0, str(t)) for row, t in zip(csv_rows(bars), ts, strict=True)]
    report = Lake(tmp_path / "lake").import_file(write_csv(tmp_path / "a.csv", shifted), KEY, "1d")
    assert (report.added, report.quality.missing_bars) == (400, 0)


def test_quality_of_a_series_is_reported(tmp_path: Path) -> None:
    bars = make_bars(1_000)
    holes = pick(bars, [k for k in range(1_000) if not (100 <= k < 133 or k in (500, 700))])
    rows = csv_rows(holes)
    rows[3] = replace_field(rows[3], 5, "0")
    rows[900] = ",".join([rows[900].split(",")[0], "500", "500", "500", "500", "1"])
    lake = Lake(tmp_path / "lake")
    quality = lake.import_file(write_csv(tmp_path / "a.csv", rows), KEY, "1h").quality
    assert (quality.gaps, quality.missing_bars) == (3, 35)
    assert (quality.longest_gap_bars, quality.longest_gap_s) == (33, 34 * 3_600)
    assert quality.zero_volume == 1
    assert quality.large_moves == 2
    assert quality.largest_move > 3


@pytest.mark.parametrize("chunk", [1, 7, 499])
def test_quality_does_not_depend_on_how_files_were_cut(tmp_path: Path, chunk: int) -> None:
    bars = pick(make_bars(1_000), [k for k in range(1_000) if k % 97 != 3])
    whole, parts = Lake(tmp_path / "whole"), Lake(tmp_path / "parts")
    whole.import_file(write_csv(tmp_path / "a.csv", csv_rows(bars)), KEY, "1h")
    for start in range(0, len(bars), max(chunk, 120)):
        piece = bars.slice(start, min(len(bars), start + max(chunk, 120)))
        for at in range(0, len(piece), max(chunk, 40)):
            parts.append(KEY, "1h", piece.slice(at, min(len(piece), at + max(chunk, 40))))
    one, other = whole.coverage()[0], parts.coverage()[0]
    assert (one.gaps, one.missing_bars, one.longest_gap_s, one.large_moves, one.bars) == (
        other.gaps, other.missing_bars, other.longest_gap_s, other.large_moves, other.bars
    )  # fmt: skip
    assert same_bars(whole.bars(KEY, "1h"), parts.bars(KEY, "1h"))
