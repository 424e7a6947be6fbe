"""Series whose missing bars are fetched first, where a provider is named for their venue."""

from dataclasses import dataclass

from fairlead.market.autofetch import AutoFetch
from fairlead.research.autobuild.ports import SeriesSource
from fairlead.research.autobuild.series import SeriesOnDisk
from fairlead.research.autobuild.terms import Constraints


@dataclass(frozen=True, slots=True)
class FilledCandles:
    """Fetch what the lake lacks in the period, then take the series from `inner`."""

    inner: SeriesSource
    fetch: AutoFetch

    def ensure(self, instrument: str, constraints: Constraints) -> SeriesOnDisk:
        """Return the series; raises FetchFailed, and what `inner` raises."""
        period = constraints.period
        self.fetch.ensure(instrument, constraints.timeframe, period.start_ms, period.end_ms)
        return self.inner.ensure(instrument, constraints)
