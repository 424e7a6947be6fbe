"""The embedded servers of `fairlead up`: started, looked after, and stopped last."""

import time
from collections.abc import Callable
from typing import Protocol

from fairlead.infra.embedded import EmbeddedPostgres, EmbeddedValkey
from fairlead.infra.errors import FairleadError, Unavailable
from fairlead.infra.settings import Settings

LOOK_EVERY_S = 2.0
TRY_AGAIN_S = 15.0


class Server(Protocol):
    """What both embedded servers can do."""

    def start(self) -> str:
        """Start or adopt the server and return its address."""

    def url_if_running(self) -> str | None:
        """Return the address when it runs."""

    def stop(self) -> None:
        """Stop it."""


class Servers:
    """Own the servers that no URL replaces; the database is stopped last."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._own: dict[str, tuple[Server, str]] = {}
        self._look_at_s = 0.0

    def start(self) -> Settings:
        """Start them and return the settings with their addresses.

        Raises what the servers raise; those already started are stopped by `stop`.
        """
        settings = self._settings
        if settings.database_url is None:
            url = self._start("PostgreSQL", EmbeddedPostgres(settings.data_dir))
            settings = settings.with_changes(database_url=url)
        if settings.effective_redis_url is None:
            url = self._start("Valkey", EmbeddedValkey(settings.data_dir))
            settings = settings.with_changes(redis_url=url)
        return settings

    def _start(self, name: str, server: Server) -> str:
        self._own[name] = (server, "")
        url = server.start()
        self._own[name] = (server, url)
        return url

    def keep(self) -> None:
        """Start again what has died; called often, looks every two seconds.

        Raises Unavailable when a server comes back under another address, which the running
        roles do not know.
        """
        now_s = time.monotonic()
        if now_s < self._look_at_s:
            return
        self._look_at_s = now_s + LOOK_EVERY_S
        for name, (server, url) in self._own.items():
            if server.url_if_running() is None:
                self._revive(name, server, url)

    def _revive(self, name: str, server: Server, url: str) -> None:
        self._say(f"{name} has died; starting it again.")
        try:
            again = server.start()
        except FairleadError as error:
            self._say(f"{error.message} Trying again in {TRY_AGAIN_S:g} s.")
            self._look_at_s = time.monotonic() + TRY_AGAIN_S
            return
        if again != url:
            raise Unavailable(
                f"{name} had to move to another port.",
                action="Start `fairlead up` again; everything is kept.",
            )

    def stop(self) -> None:
        """Stop them in the reverse order of their start."""
        for server, _ in reversed(self._own.values()):
            server.stop()
