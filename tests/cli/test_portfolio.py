"""`fairlead portfolio weigh` and `backtest` as people and scripts type them."""

import json
from pathlib import Path
from typing import Any

import pytest

from fairlead.market.lake import Lake
from tests.cli.test_research import Run, run, write_csv
from tests.research.samples import walk_bars

__all__ = ["run"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with candles of three legs and a portfolio of them."""
    for name, seed in (("a", 1), ("b", 2), ("c", 3)):
        write_csv(tmp_path / f"{name}.csv", walk_bars(1_200, seed))
    write_csv(tmp_path / "twin.csv", walk_bars(1_200, 1))
    return tmp_path


def write(folder: Path, **changes: Any) -> Path:
    legs = [
        {"strategy": "sma_crossover", "bars": f"{name}.csv", "parameters": {"fast": 5, "slow": 12}}
        for name in ("a", "b", "c")
    ]
    document = {"name": "Three", "method": "equal", "legs": legs, **changes}
    file = folder / "portfolio.json"
    file.write_text(json.dumps(document))
    return file


def test_backtest_shares_equally_and_adds_up(run: Run, folder: Path) -> None:
    answer = run("portfolio", "backtest", write(folder), "--json")
    assert answer.code == 0, answer.err
    report = answer.json
    assert [leg["weight"] for leg in report["legs"]] == [1 / 3] * 3
    total = sum(part["pnl"] for part in report["contribution"])
    assert total == pytest.approx(report["metrics"]["profit"], abs=1e-6)
    assert len(report["correlation"]["values"]) == 3


def test_backtest_for_people_names_legs_limits_and_the_rule_of_weights(
    run: Run, folder: Path
) -> None:
    file = write(folder, caps={"max_positions": 2})
    answer = run("portfolio", "backtest", file, "--from", "2023-11-20", "--to", "2023-12-20")
    assert answer.code == 0, answer.err
    for words in ("Three", "3 legs on one account", "at most 2", "33.33"):
        assert words in answer.out


def test_weigh_writes_a_file_that_can_be_tested(run: Run, folder: Path) -> None:
    target = folder / "weighed.json"
    file = write(folder, caps={"max_weight": 0.5})
    weighed = run(
        "portfolio", "weigh", file, "--method", "inverse_volatility", "--write", target, "--json"
    )
    assert weighed.code == 0, weighed.err
    weights = [leg["weight"] for leg in weighed.json["legs"]]
    assert sum(weights) == pytest.approx(1.0)
    written = json.loads(target.read_text())
    assert [leg["weight"] for leg in written["legs"]] == pytest.approx(weights, abs=1e-8)
    assert written["method"] == "inverse_volatility"
    tested = run("portfolio", "backtest", target, "--json")
    assert tested.code == 0, tested.err
    assert [leg["weight"] for leg in tested.json["legs"]] == pytest.approx(weights, abs=1e-8)


def test_weigh_drops_the_worse_of_two_legs_that_repeat_each_other(run: Run, folder: Path) -> None:
    legs = [
        {"strategy": "sma_crossover", "bars": "a.csv", "parameters": {"fast": 5, "slow": 12}},
        {"strategy": "sma_crossover", "bars": "twin.csv", "parameters": {"fast": 5, "slow": 13}},
        {"strategy": "sma_crossover", "bars": "b.csv"},
    ]
    file = write(folder, legs=legs, caps={"max_correlation": 0.6})
    answer = run("portfolio", "weigh", file, "--json")
    assert answer.code == 0, answer.err
    found = answer.json["legs"]
    twins = found[:2]
    assert sorted(leg["kept"] for leg in twins) == [False, True]
    kept, gone = sorted(twins, key=lambda leg: not leg["kept"])
    assert kept["sharpe"] >= gone["sharpe"]
    assert gone["weight"] == 0.0
    people = run("portfolio", "weigh", file)
    assert "dropped" in people.out


def test_backtest_reads_legs_of_the_lake(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRLEAD_DATA", str(folder / "data"))
    lake = Lake(folder / "data" / "lake")
    lake.append("sim:BTC-USDT", "1h", walk_bars(600, 4))
    legs = [{"strategy": "sma_crossover", "instrument": "sim:BTC-USDT", "timeframe": "1h"}]
    answer = run("portfolio", "backtest", write(folder, legs=legs), "--json")
    assert answer.code == 0, answer.err
    assert answer.json["legs"][0]["instrument"] == "sim:BTC-USDT"


def test_backtest_charges_named_costs_and_asks_for_funding_that_is_there(
    run: Run, folder: Path
) -> None:
    file = write(folder)
    named = run("portfolio", "backtest", file, "--costs", "bybit-linear:vip0", "--json").json
    plain = run("portfolio", "backtest", file, "--fee", "0.00055", "--json").json
    assert named["metrics"]["fees"] == plain["metrics"]["fees"] > 0
    assert named["assumptions"]["costs"] == "bybit-linear:vip0"
    missing = run("portfolio", "backtest", file, "--funding")
    assert missing.code == 2
    assert "funding" in missing.err


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"legs": []}, "legs"),
        ({"method": "best"}, "method"),
        ({"caps": {"max_weight": 2}}, "caps/max_weight"),
        ({"caps": {"max_legs": 2}}, "caps/max_legs"),
        ({"colour": "red"}, "colour"),
        ({"legs": [{"strategy": "nothing", "bars": "a.csv"}]}, "legs/0"),
        ({"legs": [{"strategy": "sma_crossover", "bars": "gone.csv"}]}, "legs/0"),
        ({"legs": [{"strategy": "sma_crossover", "bars": "a.csv", "weight": "x"}]}, "weight"),
        ({"legs": [{"strategy": "sma_crossover"}]}, "legs/0"),
    ],
)
def test_portfolio_file_that_cannot_be_meant_is_refused_with_its_place(
    run: Run, folder: Path, changes: dict[str, Any], path: str
) -> None:
    answer = run("portfolio", "backtest", write(folder, **changes), "--json")
    assert answer.code == 2
    assert path in answer.json["error"]["path"]


def test_portfolio_without_weights_says_how_to_get_them(run: Run, folder: Path) -> None:
    answer = run("portfolio", "backtest", write(folder, method="hrp"))
    assert answer.code == 2
    assert "fairlead portfolio weigh" in answer.err
