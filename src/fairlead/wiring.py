"""The only place that chooses implementations: which clock, database, bus and lake a role gets."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from fairlead.infra.bus import Bus
from fairlead.infra.clock import Clock, SystemClock
from fairlead.infra.db import Database
from fairlead.infra.embedded import EmbeddedPostgres, EmbeddedValkey
from fairlead.infra.errors import Unavailable
from fairlead.infra.roles import role_urls
from fairlead.infra.settings import Settings
from fairlead.market.lake import Lake


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a role works with; `stopping` is set when the process is asked to end."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    lake: Lake
    stopping: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def open_context(settings: Settings | None = None) -> Iterator[Context]:
    """Open the database, the bus and the lake; close them at the end.

    Without DATABASE_URL or REDIS_URL it joins the embedded servers of the data folder.
    Raises Unavailable when they do not run.
    """
    settings = locate_servers(settings or Settings.load()).with_secrets()
    assert settings.database_url is not None
    assert settings.effective_redis_url is not None
    urls = role_urls(settings.database_url, settings.secret_key)
    database = Database.open(urls, pool_size=settings.database_pool_size)
    try:
        with contextlib.closing(Bus(settings.effective_redis_url)) as bus:
            yield Context(settings, SystemClock(), database, bus, Lake(settings.lake_dir))
    finally:
        database.close()


def locate_servers(settings: Settings) -> Settings:
    """Return `settings` with the addresses of the embedded servers where none were given."""
    database_url = settings.database_url or EmbeddedPostgres(settings.data_dir).url_if_running()
    redis_url = settings.effective_redis_url or EmbeddedValkey(settings.data_dir).url_if_running()
    if database_url is None or redis_url is None:
        missing = "database" if database_url is None else "Valkey"
        raise Unavailable(
            f"The {missing} of data folder {settings.data_dir} does not run.",
            action="Start the platform with `fairlead up`, or set "
            f"{'DATABASE_URL' if database_url is None else 'REDIS_URL'}.",
        )
    return settings.with_changes(database_url=database_url, redis_url=redis_url)
