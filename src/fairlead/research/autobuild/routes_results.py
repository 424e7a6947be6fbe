"""What clients see of a finished AutoBuild: legs, rejections, failures, the portfolio."""

from pydantic import BaseModel

from fairlead.strategies.model import Setting

Figure = float | None
Point = tuple[int, float]


class AutoBuildGate(BaseModel):
    """One condition of acceptance with its figure; `value` is None where none could be made."""

    name: str
    label: str
    value: Figure
    threshold: Figure
    passed: bool
    text: str


class AutoBuildHoldout(BaseModel):
    """The end of the history, on which nothing was chosen; None while it was not opened."""

    start_ms: int
    end_ms: int
    total_return: Figure
    sharpe: Figure
    trades: int


class AutoBuildFacts(BaseModel):
    """The figures of one instrument that lists and details share."""

    instrument: str
    timeframe: str
    template: str
    parameters: dict[str, Setting]
    accepted: bool
    gates: list[AutoBuildGate]
    sharpe_in: Figure
    sharpe_out: Figure
    deflated_sharpe: Figure
    pbo: Figure
    trades: int
    max_drawdown: Figure
    return_out: Figure
    plateau: Figure
    holdout: AutoBuildHoldout | None
    days_per_year: int
    first_ms: int
    last_ms: int
    trials_before: float
    effective: float
    bars: int
    seconds: float


class AutoBuildOutcome(AutoBuildFacts):
    """What came out for one instrument; an accepted one is a leg."""

    sets: int


class AutoBuildFailures(BaseModel):
    """Instruments that failed for the same kind of reason, and what can be done about it."""

    error_kind: str
    count: int
    action: str
    instruments: list[str]
    message: str


class AutoBuildLeg(BaseModel):
    """One leg of the portfolio with its weight and its share of the result."""

    instrument: str
    timeframe: str
    template: str
    parameters: dict[str, Setting]
    weight: float
    contribution: Figure


class AutoBuildCorrelation(BaseModel):
    """How the legs' daily returns move together."""

    labels: list[str]
    values: list[list[Figure]]


class AutoBuildPortfolio(BaseModel):
    """The portfolio that the accepted legs make."""

    method: str
    legs: list[AutoBuildLeg]
    correlation: AutoBuildCorrelation
    metrics: dict[str, Figure]
    equity: list[Point]
    notes: list[str]


class AutoBuildEvidence(BaseModel):
    """How many trials stand behind the result, those of earlier runs included."""

    family: str
    families: list[str]
    trials: int
    effective_trials: Figure


class AutoBuildFindings(BaseModel):
    """Everything that an AutoBuild found, down to what it turned away and why."""

    accepted: list[AutoBuildOutcome]
    rejected: list[AutoBuildOutcome]
    failures: list[AutoBuildFailures]
    portfolio: AutoBuildPortfolio
    evidence: AutoBuildEvidence
    thresholds: dict[str, Figure]


class AutoBuildWindow(BaseModel):
    """One window of the walk-forward: what was chosen on one stretch, tested on the next."""

    fit_from: int
    fit_to: int
    test_from: int
    test_to: int
    template: str
    parameters: dict[str, Setting]
    fit_sharpe: Figure
    test_return: Figure
    test_sharpe: Figure
    trades: int


class AutoBuildSurface(BaseModel):
    """A metric over two axes of parameters, rows are y; None where no set was tried."""

    x: str
    y: str
    x_values: list[Setting]
    y_values: list[Setting]
    values: list[list[Figure]]
    metric: str


class AutoBuildTriedSet(BaseModel):
    """One of the best parameter sets that were tried, over the range before the holdout."""

    template: str
    parameters: dict[str, Setting]
    sharpe: Figure
    total_return: float
    max_drawdown: float
    trades: int


class AutoBuildMonteCarlo(BaseModel):
    """What trades drawn again from the same ones came to, from an account of 1.

    `final_equity` and `max_drawdown` have one value for each of `shares`: that share of all runs
    is at or below it.
    """

    method: str
    runs: int
    trades: int
    shares: list[float]
    final_equity: list[float]
    max_drawdown: list[float]
    loss_probability: float


class AutoBuildDetail(AutoBuildFacts):
    """One instrument's outcome with the evidence behind it; `sets` are the best 50 tried."""

    sets_tested: int
    windows: list[AutoBuildWindow]
    equity: list[Point]
    surface: AutoBuildSurface | None
    monte_carlo: AutoBuildMonteCarlo | None
    sets: list[AutoBuildTriedSet]
