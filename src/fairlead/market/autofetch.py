"""Which provider fills which venue, and filling one series before somebody works with it."""

from collections.abc import Mapping

from fairlead.infra.clock import Clock
from fairlead.infra.errors import InvalidInput
from fairlead.infra.settings import Settings
from fairlead.market.fetching import fill
from fairlead.market.instruments import parse_key
from fairlead.market.lake import Lake
from fairlead.market.providers.catalog import ProviderConfig, config_of, open_provider
from fairlead.market.providers.port import CandleProvider, FailureKind, FetchFailed
from fairlead.market.zones import DAY_MS

# Without a first day, a series that is not there is fetched for this long.
DEFAULT_DAYS = 5 * 365
_MOST_SILENT = 5


class AutoFetch:
    """Fill series of some venues from their providers, each opened once.

    `providers` is venue -> provider; series of other venues are left as they are. After five
    series in a row without an answer, a provider is not asked again.
    """

    def __init__(
        self, lake: Lake, providers: Mapping[str, str], config: ProviderConfig, clock: Clock
    ) -> None:
        self._lake = lake
        self._providers = providers
        self._config = config
        self._clock = clock
        self._opened: dict[str, CandleProvider] = {}
        self._silent: dict[str, int] = {}

    def ensure(self, instrument: str, timeframe: str, start_ms: int, end_ms: int) -> None:
        """Fetch what the lake lacks of a series in [start_ms, end_ms).

        A start before everything means where the series begins, or five years back. Raises
        FetchFailed, InvalidInput.
        """
        name = self._providers.get(parse_key(instrument)[0])
        if name is None:
            return
        if self._silent.get(name, 0) >= _MOST_SILENT:
            words = f"{name} gave no answer {_MOST_SILENT} times in a row; it was not asked."
            raise FetchFailed(FailureKind.TIMEOUT, words)
        now_ms = self._clock.now_ms()
        end_ms = min(end_ms, now_ms)
        start_ms = max(start_ms, self._earliest(instrument, timeframe, end_ms))
        report = fill(
            self._lake, self._open(name), [instrument], timeframe, start_ms, end_ms, now_ms=now_ms
        )
        failure = report.filled[0].failure
        timed_out = failure is not None and failure.kind is FailureKind.TIMEOUT
        self._silent[name] = self._silent.get(name, 0) + 1 if timed_out else 0
        if failure is not None:
            raise FetchFailed(failure.kind, failure.message)

    def _earliest(self, instrument: str, timeframe: str, end_ms: int) -> int:
        usual_ms = end_ms - DEFAULT_DAYS * DAY_MS
        if not self._lake.has(instrument, timeframe):
            return usual_ms
        held = self._lake.bars(instrument, timeframe)
        return min(usual_ms, int(held.ts[0])) if len(held) else usual_ms

    def _open(self, name: str) -> CandleProvider:
        if name not in self._opened:
            self._opened[name] = open_provider(name, self._config, self._clock)
        return self._opened[name]


def autofetch_of(settings: Settings, lake: Lake, clock: Clock) -> AutoFetch:
    """Return what the settings say about fetching by itself; raise InvalidInput."""
    return AutoFetch(lake, read_venues(settings.auto_fetch), config_of(settings), clock)


def read_venues(text: str) -> dict[str, str]:
    """Read `bybit=ccxt:bybit,nse=kite`; raise InvalidInput."""
    venues = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        venue, _, provider = entry.partition("=")
        if not venue or not provider:
            raise InvalidInput(
                f"{entry[:80]!r} names no venue and its provider.",
                expected="bybit=ccxt:bybit, several separated by commas",
                found=entry[:80],
                action="Correct FAIRLEAD_AUTO_FETCH.",
            )
        venues[venue] = provider
    return venues
