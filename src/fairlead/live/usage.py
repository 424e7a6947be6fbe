"""Tells the catalog how many follow each version, and how its model book fares."""

from datetime import datetime

from sqlalchemy import Connection

from fairlead.live.decimals import plain
from fairlead.live.store import usage
from fairlead.live.store.usage import FollowedModel
from fairlead.strategies.model import Evidence, Json
from fairlead.strategies.versions import count_subscribers, publish_evidence, published_name

MOST_POINTS = 2_000


def publish_usage(connection: Connection) -> None:
    """Write the number of subscriptions of every version that have not ended."""
    for version_id, subscribers in usage.subscribers_by_version(connection):
        count_subscribers(connection, version_id, subscribers)


def publish_live_figures(connection: Connection, now: datetime) -> int:
    """Write the live figures of every published strategy that has traded; return how many.

    What is written is open to everybody, so a strategy that is not published has none.
    """
    written = 0
    for model in usage.followed_models(connection):
        published = published_name(connection, model.strategy_id) != str(model.strategy_id)
        if not published or int(model.state.book["trades"][0]) == 0:
            continue
        curve = usage.model_equity(connection, model.lineup_id, MOST_POINTS)
        equity: Json = [[ts, value] for ts, value in curve]
        evidence = Evidence("live", model.version_id, _figures(model), equity, now)
        publish_evidence(connection, model.strategy_id, model.owner_id, evidence)
        written += 1
    return written


def _figures(model: FollowedModel) -> Json:
    book = model.state.book[0]
    trades, wins = int(book["trades"]), int(book["wins"])
    pnl = float(book["realised"])
    return {
        "pnl": plain(round(pnl, 8)),
        "return": pnl / model.cash,
        "trades": trades,
        "win_rate": wins / trades,
        "max_drawdown": float(book["max_drawdown"]),
        "instrument": model.instrument,
        "timeframe": model.timeframe,
        "capital": plain(model.cash),
    }
