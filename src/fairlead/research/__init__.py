"""Research: does a strategy work? Backtests, sweeps and walk-forwards with their reports."""
