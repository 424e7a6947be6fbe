"""The dated catalogue: synced from a venue's list, asked for terms as of a moment."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from fairlead.cli.main import main
from fairlead.infra.clock import ManualClock
from fairlead.infra.db import Database
from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.infra.settings import Settings
from fairlead.market.catalogue import instrument_as_of, known_of, sync_instruments
from fairlead.market.instruments import default_instrument
from fairlead.market.listing import Synced
from fairlead.market.providers.catalog import ProviderConfig, open_listing
from fairlead.market.providers.port import Listing
from tests.market.conftest import NexusParts
from tests.market.providers.conftest import Upstream, bybit, kite  # noqa: F401  # fixtures

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


def listing(key: str, **changed: object) -> Listing:
    """Return how a venue lists an instrument."""
    base = Listing(
        key=key, venue_symbol=f"id of {key}", tick=Decimal("0.1"), lot=Decimal("0.001"),
        min_notional=Decimal(5), currency="USDT", max_leverage=50, shorting=True, trading=True,
    )  # fmt: skip
    return replace(base, **changed)  # type: ignore[arg-type]  # fields of a listing


@pytest.fixture
def venue(name: str) -> str:
    """Return a venue that no other test uses."""
    return name


def sync(database: Database, venue: str, listings: list[Listing], at: datetime) -> Synced:
    """Sync as the command does."""
    with database.engine_transaction() as connection:
        return sync_instruments(connection, listings, f"ccxt:{venue}", at)


def test_terms_are_those_of_the_moment(database: Database, venue: str) -> None:
    key = f"{venue}:A-USDT"
    assert sync(database, venue, [listing(key)], MONDAY).count("new") == 1
    finer = listing(key, tick=Decimal("0.01"))
    assert sync(database, venue, [finer], WEDNESDAY).count("changed") == 1
    with database.public_transaction() as connection:
        ticks = [
            instrument_as_of(connection, key, int(at.timestamp() * 1_000)).tick
            for at in (MONDAY - timedelta(days=400), MONDAY, TUESDAY, WEDNESDAY)
        ]
        assert [str(tick) for tick in ticks] == ["0.1", "0.1", "0.1", "0.01"]
        unknown = instrument_as_of(connection, f"{venue}:B-USDT", 0)
        assert unknown == default_instrument(f"{venue}:B-USDT")


def test_sync_again_changes_nothing(database: Database, venue: str) -> None:
    listed = [listing(f"{venue}:{letter}-USDT") for letter in "ABC"]
    sync(database, venue, listed, MONDAY)
    again = sync(database, venue, listed, TUESDAY)
    assert (again.rows, again.unchanged) == ((), 3)


def test_delisting_halt_and_return_are_dated(database: Database, venue: str) -> None:
    key, other = f"{venue}:A-USDT", f"{venue}:B-USDT"
    sync(database, venue, [listing(key), listing(other)], MONDAY)
    sync(database, venue, [listing(key, trading=False), listing(other)], TUESDAY)
    assert sync(database, venue, [listing(other)], WEDNESDAY).count("ended") == 1
    back = WEDNESDAY + timedelta(days=1)
    assert sync(database, venue, [listing(key), listing(other)], back).count("changed") == 1
    with database.public_transaction() as connection:
        known = [(row.status, row.valid_from) for row in known_of(connection, key)]
    assert known == [
        ("trading", MONDAY), ("halted", TUESDAY), ("ended", WEDNESDAY), ("trading", back)
    ]  # fmt: skip


def test_instrument_that_lives_on_under_another_key_was_renamed(
    database: Database, venue: str
) -> None:
    old, new = f"{venue}:MATIC-USDT", f"{venue}:POL-USDT"
    sync(database, venue, [listing(old, venue_symbol="42")], MONDAY)
    synced = sync(database, venue, [listing(new, venue_symbol="42")], TUESDAY)
    assert (synced.count("renamed"), synced.count("new")) == (1, 1)
    with database.public_transaction() as connection:
        assert known_of(connection, old)[-1].renamed_to == new


def test_contract_that_expired_is_over_and_its_symbol_may_be_used_again(
    database: Database, venue: str
) -> None:
    ends_ms = int(TUESDAY.timestamp() * 1_000)
    old, new = f"{venue}:FUT-JAN", f"{venue}:FUT-FEB"
    sync(database, venue, [listing(old, venue_symbol="7", ends_ms=ends_ms)], MONDAY)
    with database.public_transaction() as connection:
        (row,) = known_of(connection, old)
    assert (row.status_at(MONDAY), row.status_at(TUESDAY)) == ("trading", "ended")
    later = listing(new, venue_symbol="7", ends_ms=ends_ms + 10**9)
    synced = sync(database, venue, [later], WEDNESDAY)
    assert (synced.count("ended"), synced.count("renamed")) == (1, 0)


def test_list_that_was_cut_short_is_refused_and_nothing_ends(
    database: Database, venue: str
) -> None:
    listed = [listing(f"{venue}:N{number}-USDT") for number in range(20)]
    sync(database, venue, listed, MONDAY)
    with pytest.raises(InvalidInput, match="lists only 3 of 20"):
        sync(database, venue, listed[:3], TUESDAY)
    assert sync(database, venue, listed, WEDNESDAY).unchanged == 20


def test_unknown_instrument_says_how_to_sync(database: Database, venue: str) -> None:
    with (
        database.public_transaction() as connection,
        pytest.raises(NotFound, match="knows nothing"),
    ):
        known_of(connection, f"{venue}:NONE")


def test_bybit_lists_its_instruments_with_their_terms(bybit: Upstream) -> None:  # noqa: F811
    (found,) = open_listing(bybit.name, bybit.config, ManualClock()).listings()
    assert (found.key, found.venue_symbol) == ("bybit:FAIR-USDT", "FAIRUSDT")
    assert (found.tick, found.lot, found.min_notional) == (
        Decimal("0.0001"), Decimal("0.0001"), Decimal(5)
    )  # fmt: skip
    assert (found.trading, found.shorting, found.currency) == (True, False, "USDT")


def test_kite_lists_its_instruments_with_their_terms(kite: Upstream) -> None:  # noqa: F811
    found = {
        each.key: each for each in open_listing(kite.name, kite.config, ManualClock()).listings()
    }
    assert set(found) == {"nse:FAIR", "nse:NIFTY-50", "nfo:FAIR26DECFUT"}
    future = found["nfo:FAIR26DECFUT"]
    assert (future.lot, future.tick) == (Decimal(75), Decimal("0.1"))
    assert future.ends_ms == 1_798_711_200_000  # 2026-12-31 15:30 in India
    assert found["nse:NIFTY-50"].tick is None


def test_folder_lists_no_instruments(context: NexusParts) -> None:
    config = ProviderConfig(folder=context.lake.root.parent)
    with pytest.raises(InvalidInput, match="lists no instruments"):
        open_listing("csv", config, ManualClock())


def test_command_syncs_the_running_platform_and_shows_what_is_known(
    settings: Settings,
    bybit: Upstream,  # noqa: F811
    venue: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert settings.database_url is not None
    assert settings.redis_url is not None
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("JWT_SECRET", settings.jwt_secret)
    url = bybit.config.roots["ccxt:bybit"]
    named = ("--provider", "ccxt:bybit", "--url", url, "--data", str(settings.data_dir))
    for venue_asked, new in (("bybit", 1), (venue, 0)):
        with pytest.raises(SystemExit) as ended:
            main(["data", "instruments", "sync", *named, "--venue", venue_asked, "--json"])
        assert not ended.value.code
        assert json.loads(capsys.readouterr().out)["new"] == new
    with pytest.raises(SystemExit):
        main(["data", "instruments", "show", "bybit:FAIR-USDT", "--data", str(settings.data_dir)])
    assert "trading  tick 0.0001, lot 0.0001, minimum 5 USDT" in capsys.readouterr().out
