"""Names of the moments at which a process may die, so that a test can make it die there."""

from collections.abc import Callable

STEPS = (
    "evaluation.locked",
    "evaluation.computed",
    "evaluation.written",
    "evaluation.committed",
    "chunk.claimed",
    "chunk.stepped",
    "chunk.orders_written",
    "chunk.facts_written",
    "chunk.states_written",
    "chunk.fenced",
    "chunk.committed",
    "dispatch.chosen",
    "dispatch.sending",
    "dispatch.sent",
    "dispatch.placed",
    "dispatch.recorded",
    "command.folded",
    "command.committed",
)

Reach = Callable[[str], None]


def walk_on(step: str) -> None:
    """Pass a step without stopping, as the product does."""
