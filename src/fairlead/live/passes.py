"""One round of each of the engine's duties; every round is safe beside any other engine's."""

from dataclasses import dataclass
from datetime import timedelta

from fairlead.infra.db import Database
from fairlead.live import execution
from fairlead.live.admission import admit_waiting
from fairlead.live.cache import Cache
from fairlead.live.clock import CATCH_UP_MOST, LEG_DEADLINE_S, VALID_AT_LEAST_S
from fairlead.live.commands import fold_partition
from fairlead.live.daily import write_daily_points
from fairlead.live.evaluate import Desk, begin_turn, evaluate_bar
from fairlead.live.execution import Dispatcher
from fairlead.live.missed import with_forgotten
from fairlead.live.model import BETWEEN_TURNS, Act
from fairlead.live.retire import retire_ended
from fairlead.live.store import books, commands, due, lineups, switches
from fairlead.live.usage import publish_live_figures, publish_usage
from fairlead.market.lake import Lake


@dataclass(frozen=True, slots=True)
class Post:
    """What the duties of one engine need."""

    database: Database
    lake: Lake
    desk: Desk
    dispatcher: Dispatcher


def evaluate_due(post: Post) -> int:
    """Evaluate every candle that closed since the last turns; return the turns begun."""
    database = post.database
    with database.engine_transaction() as connection:
        series = lineups.watched_series(connection)
    begun = 0
    for instrument, timeframe in series:
        with database.engine_transaction() as connection:
            found = due.due_bars(connection, instrument, timeframe, CATCH_UP_MOST)
        for bar in with_forgotten(post.lake, found.bars, found.boundary_ms):
            begun += evaluate_bar(database, post.desk, bar)
    return begun + _begin_overdue(post)


def _begin_overdue(post: Post) -> int:
    """Begin turns whose late legs were waited for long enough; those bars are left out."""
    begun = 0
    with post.database.engine_transaction() as connection:
        waiting = due.overdue_turns(connection, LEG_DEADLINE_S)
    for lineup_id, boundary_ms in waiting:
        with post.database.engine_transaction() as connection:
            lineups.lock_lineup(connection, lineup_id)
            lineup = lineups.read_lineup(connection, lineup_id)
            valid = post.desk.now() + timedelta(seconds=VALID_AT_LEAST_S)
            begun += begin_turn(connection, post.desk.cache, lineup, boundary_ms, valid)
    return begun


def dispatch_orders(post: Post) -> int:
    """Send a batch of every partition's waiting orders; return how many moved."""
    moved = 0
    for partition in execution.busy_partitions(post.database):
        done = execution.dispatch_partition(post.dispatcher, partition)
        moved += done.sent + done.stopped
    return moved


def carry_out_commands(post: Post, cache: Cache) -> int:
    """Fold waiting commands into books, and cancel orders at venues; return how many."""
    with post.database.engine_transaction() as connection:
        folding = commands.busy_partitions(connection, BETWEEN_TURNS)
        cancelling = commands.busy_partitions(connection, (Act.CANCEL_ORDER,))
    done = sum(execution.cancel_partition(post.dispatcher, item) for item in cancelling)
    for partition in folding:
        done += fold_partition(post.database, cache, partition, post.dispatcher.reach)
    return done


def spread_switches(post: Post) -> int:
    """Carry pulled and released kill switches to the books they hold for; return how many."""
    with post.database.engine_transaction() as connection:
        waiting = switches.unexpanded(connection)
    for item in waiting:
        with post.database.engine_transaction() as connection:
            switches.expand(connection, item, post.desk.now())
    return len(waiting)


def admit(post: Post) -> int:
    """Give books to new subscriptions; return how many were settled."""
    with post.database.engine_transaction() as connection:
        return admit_waiting(connection, post.desk.evaluator)


def tidy_up(post: Post, cache: Cache) -> None:
    """Do what can wait: retire ended books, write daily equity, tell the catalog."""
    with post.database.engine_transaction() as connection:
        ended = books.partitions_with_ended(connection)
    for partition in ended:
        with post.database.engine_transaction() as connection:
            retire_ended(connection, cache, partition)
    with post.database.engine_transaction() as connection:
        write_daily_points(connection, post.desk.now())
    with post.database.engine_transaction() as connection:
        publish_usage(connection)
    with post.database.engine_transaction() as connection:
        publish_live_figures(connection, post.desk.now())
