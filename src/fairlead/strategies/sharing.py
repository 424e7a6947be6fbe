"""How several legs share one account: their weights over sizes, their limits over all of them."""

from collections.abc import Sequence

import numpy as np

from fairlead.kernel.records import Records


def weighted_policy(policy: Records, weight: float) -> Records:
    """Return a POLICY (1,) whose entries are sized on `weight` of the shared equity.

    A fraction and a risk are shares of the whole account's equity, so each is multiplied by the
    weight; a fixed quantity is too. Leverage and levels stay: they belong to a position.
    """
    weighted = policy.copy()
    weighted["size"] *= weight
    return weighted


def shared_limits(limits: Sequence[Records]) -> Records:
    """Return the LIMITS (1,) of an account that legs with `limits` of their own share.

    One leg's stay as they are. Several may each hold a position; of their daily losses and
    exposures the strictest holds, and the account is flattened if any of them wants that. The
    day begins as on the first leg's venue.
    """
    together = limits[0].copy()
    if len(limits) == 1:
        return together
    together["max_positions"] = len(limits)
    for name in ("max_daily_loss", "max_exposure"):
        given = [float(each[name][0]) for each in limits if float(each[name][0]) > 0.0]
        together[name] = min(given, default=0.0)
    together["daily_loss_action"] = max(int(each["daily_loss_action"][0]) for each in limits)
    return together


def capped_limits(
    limits: Records,
    max_positions: int | None,
    max_exposure: float | None,
    max_daily_loss: float | None,
) -> Records:
    """Return LIMITS with what a portfolio sets itself; None leaves a limit as it is."""
    capped = limits.copy()
    if max_positions is not None:
        capped["max_positions"] = max_positions
    if max_exposure is not None:
        capped["max_exposure"] = max_exposure
    if max_daily_loss is not None:
        capped["max_daily_loss"] = max_daily_loss
    return capped


def stacked(records: Sequence[Records]) -> Records:
    """Return records of shape (1,) as one array (n,)."""
    return np.concatenate(list(records))
