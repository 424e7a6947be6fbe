"""Grids that come with the templates: about two hundred sets over all seven."""

from collections.abc import Mapping

from fairlead.strategies.model import Setting

Grid = Mapping[str, tuple[Setting, ...]]

# A template's own fixed values, beside its grid: crossovers run their profits here.
FIXED: dict[str, dict[str, Setting]] = {
    "sma_crossover": {"take_profit_pct": 0.0},
    "ema_crossover": {"take_profit_pct": 0.0},
}

GRIDS: dict[str, Grid] = {
    "sma_crossover": {
        "fast": (5, 10, 20, 40),
        "slow": (50, 80, 120, 200),
        "stop_loss_pct": (0.02, 0.06),
    },
    "ema_crossover": {
        "fast": (5, 10, 20, 40),
        "slow": (50, 80, 120, 200),
        "stop_loss_pct": (0.02, 0.06),
    },
    "rsi_reversion": {
        "window": (7, 10, 14, 21),
        "oversold": (20, 25, 30),
        "overbought": (70, 75, 80),
    },
    "bollinger_breakout": {
        "window": (10, 20, 40, 80),
        "multiple": (1.5, 2.0, 2.5),
        "stop_loss_pct": (0.03, 0.08),
    },
    "donchian": {
        "entry_window": (20, 40, 80, 160),
        "exit_window": (10, 20, 40),
        "atr_stop_multiple": (2.0, 4.0),
    },
    "macd": {
        "fast": (8, 12, 18),
        "slow": (26, 39, 52),
        "signal": (6, 9, 14),
    },
    "supertrend": {
        "window": (7, 10, 14, 21),
        "multiple": (2.0, 3.0, 4.0, 6.0),
    },
}
