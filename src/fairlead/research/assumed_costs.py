"""What a result takes trading to cost, in words for people and in values for machines."""

from decimal import Decimal

import numpy as np

from fairlead.market.charges.model import CostTerms
from fairlead.research.account import costs_of
from fairlead.research.model import Assumption
from fairlead.research.setting import RunSetting
from fairlead.research.times import short_date
from fairlead.strategies.run import Simulation


def cost_assumptions(setting: RunSetting) -> tuple[Assumption, ...]:
    """Return the model, the fee, slippage, spread and funding of a run."""
    account, terms = setting.account, setting.terms
    slippage, spread = account.slippage * 10_000, terms.half_spread * 20_000
    return (
        *_model(setting),
        Assumption("fee", "Fee", _fee(terms), float(terms.buy_rate)),
        Assumption(
            "slippage_bps",
            "Slippage",
            f"{plain_number(slippage)} basis points against the trader" if slippage else "none",
            float(slippage),
        ),
        Assumption(
            "spread_bps",
            "Spread",
            f"{plain_number(spread)} basis points, of which a fill pays half" if spread else "none",
            float(spread),
        ),
        _funding(setting),
    )


def funding_notes(run: Simulation, currency: str) -> tuple[str, ...]:
    """Say what funding came to: it is part of the equity and of no single trade."""
    paid = float(run.state.book["charges"][0])
    if paid == 0.0:
        return ()
    word = "cost" if paid > 0.0 else "brought in"
    amount = f"{abs(paid):,.2f} {currency}".strip()
    return (f"Funding {word} {amount} in all; it is in the equity and in no single trade.",)


def plain_number(value: Decimal) -> str:
    """Return a decimal without trailing zeros and without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _model(setting: RunSetting) -> tuple[Assumption, ...]:
    """Name the model and the schedule that counts; say where dates would have mattered."""
    if setting.account.costs is None:
        return ()
    model, bars = costs_of(setting.account), setting.range
    first, last = int(bars.ts[0]), int(bars.ts[-1])
    offset = setting.instrument.day_offset_ms
    text = model.text
    dated = len(model.schedule) > 1
    if dated:
        text += f", as in force from {short_date(model.at(last).from_ms + offset)} on"
    if len(model.between(first, last + 1)) > 1:
        text += "; earlier bars by the rates in force then"
    elif dated and first < model.schedule[0].from_ms:
        text += "; the range begins before its first date"
    return (Assumption("costs", "Costs", text, model.name),)


def _fee(terms: CostTerms) -> str:
    if terms.is_plain:
        return f"{plain_number(terms.buy_rate * 100)} % of value, on both sides"
    parts = []
    for word, rate, flat in (
        ("bought", terms.buy_rate, terms.buy_flat),
        ("sold", terms.sell_rate, terms.sell_flat),
    ):
        extra = f" and {plain_number(flat)} an order" if flat else ""
        parts.append(f"{plain_number(rate * 100)} % of value{extra} when {word}")
    if terms.order_rate:
        share, cap = plain_number(terms.order_rate * 100), plain_number(terms.order_cap)
        parts.append(f"{share} % an order, {cap} at most")
    return "; ".join(parts)


def _funding(setting: RunSetting) -> Assumption:
    due = setting.funding[setting.first : setting.stop]
    paid = np.flatnonzero(due)
    if len(paid) == 0:
        return Assumption("funding", "Funding and borrowing", "not charged", 0.0)
    total, offset = float(due.sum()), setting.instrument.day_offset_ms
    first, last = (short_date(int(setting.range.ts[paid[at]]) + offset) for at in (0, -1))
    text = (
        f"charged on {len(paid):,} bars from {first} to {last}, {total:.3%} of value in all for a "
        "long held throughout"
    )
    return Assumption("funding", "Funding and borrowing", text, total)
