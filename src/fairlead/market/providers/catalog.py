"""Every provider of past candles, by the name people choose it by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from fairlead.infra.clock import Clock
from fairlead.infra.errors import InvalidInput
from fairlead.infra.settings import Settings
from fairlead.market.providers import kite
from fairlead.market.providers.asking import Asking
from fairlead.market.providers.exchanges import CcxtProvider
from fairlead.market.providers.folder import FolderProvider
from fairlead.market.providers.kite import KiteProvider
from fairlead.market.providers.port import CandleProvider, InstrumentProvider
from fairlead.market.providers.yahoo import YahooProvider

CCXT, CSV, KITE, YAHOO = "ccxt", "csv", "kite", "yfinance"


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """What providers need to know; `roots` stand for an upstream's own addresses, by its name."""

    timeout_s: float = 20.0
    roots: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    timezone: str = ""
    kite_api_key: str = ""
    kite_access_token: str = ""


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """One provider for people: whether it can be used here, and if not, what is missing."""

    name: str
    title: str
    available: bool
    reason: str
    exchanges: tuple[str, ...] = ()


OpenProvider = Callable[[str, ProviderConfig, Clock], CandleProvider]


def _open_ccxt(name: str, config: ProviderConfig, clock: Clock) -> CcxtProvider:
    asking = Asking(clock, config.timeout_s)
    return CcxtProvider(name.partition(":")[2], asking, config.roots.get(name, ""))


def _open_csv(_: str, config: ProviderConfig, clock: Clock) -> FolderProvider:
    assert config.folder is not None  # check_provider has seen it
    return FolderProvider(config.folder, Asking(clock, config.timeout_s), config.timezone)


def _open_kite(name: str, config: ProviderConfig, clock: Clock) -> KiteProvider:
    asking = Asking(clock, config.timeout_s, kite.CALLS_PER_S)
    root = config.roots.get(name, "")
    return KiteProvider(config.kite_api_key, config.kite_access_token, asking, root)


def _open_yahoo(name: str, config: ProviderConfig, clock: Clock) -> YahooProvider:
    return YahooProvider(Asking(clock, config.timeout_s, 2.0), config.roots.get(name, ""))


PROVIDERS: dict[str, OpenProvider] = {
    CCXT: _open_ccxt,
    CSV: _open_csv,
    KITE: _open_kite,
    YAHOO: _open_yahoo,
}


def open_provider(name: str, config: ProviderConfig, clock: Clock) -> CandleProvider:
    """Open a provider: `ccxt:EXCHANGE`, `csv`, `kite` or `yfinance`; nothing is asked yet.

    Raises InvalidInput for an unknown name, or where a setting is missing.
    """
    check_provider(name, config)
    return PROVIDERS[name.partition(":")[0]](name, config, clock)


def open_listing(name: str, config: ProviderConfig, clock: Clock) -> InstrumentProvider:
    """Open a provider that lists its venue's instruments; raise InvalidInput for others."""
    provider = open_provider(name, config, clock)
    if not isinstance(provider, CcxtProvider | KiteProvider):
        raise InvalidInput(
            f"The provider {name} lists no instruments.",
            expected="ccxt:EXCHANGE or kite",
            found=name,
            path="provider",
        )
    return provider


def check_provider(name: str, config: ProviderConfig) -> None:
    """Raise InvalidInput for a provider that does not exist or cannot be used; asks nobody."""
    kind, _, exchange = name.partition(":")
    known = {info.name: info for info in list_providers(config)}
    of_ccxt = kind == CCXT and exchange in known[CCXT].exchanges
    if not of_ccxt and (name not in known or name == CCXT):
        raise InvalidInput(
            f"There is no provider {name[:60]!r}.",
            expected="ccxt:EXCHANGE such as ccxt:bybit, csv, kite or yfinance",
            found=name[:60],
            action="Correct the name; `fairlead data providers` lists them.",
            path="provider",
        )
    if not known[kind].available:
        raise InvalidInput(
            f"The provider {name} cannot be used here.", action=known[kind].reason, path="provider"
        )


def list_providers(config: ProviderConfig) -> tuple[ProviderInfo, ...]:
    """Return every provider and whether it can be used with `config`; asks nobody."""
    folder = config.folder is not None and config.folder.is_dir()
    key = bool(config.kite_api_key and config.kite_access_token)
    return (
        ProviderInfo(CCXT, "Crypto exchanges through ccxt", True, "", ccxt_exchanges()),
        ProviderInfo(
            CSV,
            "A folder of CSV, Parquet or Feather files",
            folder,
            "" if folder else "Name a folder: --folder DIR, or FAIRLEAD_CSV_FOLDER.",
        ),
        ProviderInfo(
            KITE,
            "Zerodha Kite Connect, historical candles",
            key,
            "" if key else "Set FAIRLEAD_KITE_API_KEY and FAIRLEAD_KITE_ACCESS_TOKEN.",
        ),
        ProviderInfo(YAHOO, "Yahoo Finance through yfinance", True, ""),
    )


def ccxt_exchanges() -> tuple[str, ...]:
    """Return the ids of ccxt's exchanges from its folder; importing it takes a second."""
    found = find_spec("ccxt")
    if found is None or found.origin is None:
        return ()
    folder = Path(found.origin).parent
    return tuple(sorted(path.stem for path in folder.glob("[a-z]*.py")))


def config_of(settings: Settings) -> ProviderConfig:
    """Return what the settings say about providers; raise InvalidInput."""
    return ProviderConfig(
        timeout_s=settings.fetch_timeout_s,
        roots=read_roots(settings.provider_urls),
        folder=settings.csv_folder,
        timezone=settings.csv_timezone,
        kite_api_key=settings.kite_api_key,
        kite_access_token=settings.kite_access_token,
    )


def read_roots(text: str) -> dict[str, str]:
    """Read `ccxt:bybit=http://127.0.0.1:8900,kite=http://...`; raise InvalidInput."""
    roots = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, root = entry.partition("=")
        if not name or not root.startswith(("http://", "https://")):
            raise InvalidInput(
                f"{entry[:80]!r} names no provider and its address.",
                expected="ccxt:bybit=http://127.0.0.1:8900, several separated by commas",
                found=entry[:80],
                action="Correct --url or FAIRLEAD_PROVIDER_URLS.",
            )
        roots[name] = root
    return roots
