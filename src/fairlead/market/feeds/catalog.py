"""Every kind of feed, by the name that stands in the table of feeds."""

from collections.abc import Callable

from fairlead.infra.errors import InvalidInput
from fairlead.market.feeds import replay, simulated
from fairlead.market.feeds.port import Feed
from fairlead.market.lake import Lake
from fairlead.market.reports import JsonObject

OpenFeed = Callable[[JsonObject, JsonObject, int, Lake], Feed]


def _open_simulated(config: JsonObject, cursor: JsonObject, now_ms: int, _: Lake) -> Feed:
    return simulated.SimulatedFeed(simulated.read_config(config), cursor, now_ms)


def _open_replay(config: JsonObject, cursor: JsonObject, now_ms: int, lake: Lake) -> Feed:
    return replay.ReplayFeed(replay.read_config(config), cursor, now_ms, lake)


FEEDS: dict[str, OpenFeed] = {"simulated": _open_simulated, "replay": _open_replay}


def open_feed(kind: str, config: JsonObject, cursor: JsonObject, now_ms: int, lake: Lake) -> Feed:
    """Open a feed of `kind` where `cursor` left it; {} is the beginning.

    Raises InvalidInput for an unknown kind or a configuration that cannot be used.
    """
    if kind not in FEEDS:
        raise InvalidInput(
            f"There is no feed of kind {kind!r}.",
            expected=" or ".join(FEEDS),
            found=kind,
            action="Correct the feed's kind.",
        )
    return FEEDS[kind](config, cursor, now_ms, lake)
