"""The page of a walk-forward: its own numbers, its windows, no request and no script."""

import re
from dataclasses import replace

import pytest

from fairlead.research.grid import grid_of
from fairlead.research.plan import Plan
from fairlead.research.progress import silent
from fairlead.research.render.walkforward_page import CONTENT_POLICY, walkforward_page
from fairlead.research.render.words import decimal, percent
from fairlead.research.setting import RunSetting
from fairlead.research.walkforward import WalkForward, walk_forward
from tests.research.samples import crossover, walk_bars

GRID = {"fast": [3, 5], "slow": [12, 24]}


@pytest.fixture(scope="module")
def made() -> tuple[RunSetting, WalkForward]:
    """Return a setting and its walk-forward over three windows."""
    setting = crossover(walk_bars(1_500))
    return setting, walk_forward(setting, grid_of(GRID), {}, Plan("return", 3, 0.6), silent)


def test_page_has_the_figures_and_every_window(made: tuple[RunSetting, WalkForward]) -> None:
    setting, walk = made
    page = walkforward_page(setting, walk)
    assert percent(walk.metrics.total_return, signed=True) in page
    assert decimal(walk.metrics.final_equity) in page
    assert page.count("<tr><td>20") == len(walk.windows)
    assert f"{sum(window.survived for window in walk.windows)} of 3" in page
    for window in walk.windows:
        assert percent(window.test.total_return, signed=True) in page
        assert f"fast {window.parameters['fast']:g}" in page


def test_curve_is_cut_where_each_window_begins(made: tuple[RunSetting, WalkForward]) -> None:
    page = walkforward_page(*made)
    drawn = re.findall(r'<svg class="wide" data-chart="stitched".*?</svg>', page)
    assert len(drawn) == 1
    cuts = re.search(r'class="hold" d="([^"]*)"', drawn[0])
    assert cuts is not None
    assert cuts[1].count("M") == 3


def test_page_asks_for_nothing_and_runs_nothing(made: tuple[RunSetting, WalkForward]) -> None:
    page = walkforward_page(*made)
    assert CONTENT_POLICY in page
    assert "<script" not in page
    assert not re.search(r"(src|href|action)=", page)


def test_names_never_become_code(made: tuple[RunSetting, WalkForward]) -> None:
    setting, walk = made
    page = walkforward_page(replace(setting, name="<script>alert(1)</script>"), walk)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
