"""Wakes event sockets when their tenant has news; the news itself is in the events table."""

import asyncio
from collections import defaultdict
from uuid import UUID

from fairlead.infra.bus import Bus
from fairlead.infra.errors import RateLimited
from fairlead.infra.metrics import EVENT_SOCKETS

MAX_SOCKETS_PER_TENANT = 20
_CHANNEL = "events:"


class EventHub:
    """Keep one wake-up flag per open socket and set those of a tenant that the bus names.

    Losing a wake-up only delays: sockets also look into the table by themselves.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._flags: dict[str, set[asyncio.Event]] = defaultdict(set)

    def join(self, tenant_id: UUID) -> asyncio.Event:
        """Return the flag of a new socket; raise RateLimited when the tenant has too many."""
        flags = self._flags[str(tenant_id)]
        if len(flags) >= MAX_SOCKETS_PER_TENANT:
            raise RateLimited(
                "Too many event sockets are open.",
                retry_after_s=5,
                expected=f"at most {MAX_SOCKETS_PER_TENANT}",
                action="Close pages that are not used.",
            )
        flag = asyncio.Event()
        flags.add(flag)
        EVENT_SOCKETS.inc()
        return flag

    def leave(self, tenant_id: UUID, flag: asyncio.Event) -> None:
        """Forget a closed socket."""
        flags = self._flags[str(tenant_id)]
        flags.discard(flag)
        if not flags:
            del self._flags[str(tenant_id)]
        EVENT_SOCKETS.dec()

    def wake(self, tenant_id: str) -> None:
        """Tell a tenant's sockets to look into the table."""
        for flag in self._flags.get(tenant_id, ()):
            flag.set()

    async def run(self) -> None:
        """Pass on wake-ups until cancelled; the bus reconnects by itself."""
        async for news in self._bus.listen([f"{_CHANNEL}*"]):
            if news is not None:
                self.wake(news[0].removeprefix(_CHANNEL))
