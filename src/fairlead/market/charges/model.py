"""The words of costs: the terms of one order, when they are in force, and who asks them."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Context, Decimal, Inexact, localcontext

from fairlead.infra.errors import InvalidInput

ZERO = Decimal(0)
BUY, SELL = "buy", "sell"
# Sixty digits hold every product of a rate and a value here; a lost digit raises.
EXACT = Context(prec=60, traps=[Inexact])


@dataclass(frozen=True, slots=True)
class CostTerms:
    """Say what one order costs beside its price, and what holding costs.

    An order of value v costs `rate * v + min(order_rate * v, order_cap) + flat` with the rate and
    the flat fee of its side; taxes on fees are in them already. `half_spread` is a share of the
    price that every fill is worsened by; `funding` is a share of value that a long pays a short
    every eight hours (00:00, 08:00 and 16:00 UTC) where no series of rates is known.
    """

    buy_rate: Decimal = ZERO
    sell_rate: Decimal = ZERO
    order_rate: Decimal = ZERO
    order_cap: Decimal = ZERO
    buy_flat: Decimal = ZERO
    sell_flat: Decimal = ZERO
    half_spread: Decimal = ZERO
    funding: Decimal = ZERO

    @property
    def is_plain(self) -> bool:
        """Tell whether one rate on both sides says it all: no fee for each order, no funding."""
        others = (self.order_rate, self.buy_flat, self.sell_flat, self.funding)
        return self.buy_rate == self.sell_rate and not any(others)

    def cost_of(self, side: str, value: Decimal) -> Decimal:
        """Return what an order of this value costs, exactly; `side` is `buy` or `sell`."""
        rate, flat = (
            (self.buy_rate, self.buy_flat) if side == BUY else (self.sell_rate, self.sell_flat)
        )
        with localcontext(EXACT):
            return rate * value + min(self.order_rate * value, self.order_cap) + flat

    def value_for(self, cash: Decimal) -> Decimal:
        """Return the value that a purchase for all of `cash` has once its costs are paid."""
        whole = 1 + self.buy_rate
        value = (cash - self.buy_flat) / (whole + self.order_rate)
        if self.order_rate * value > self.order_cap:
            value = (cash - self.buy_flat - self.order_cap) / whole
        return max(value, ZERO)

    def fee_of(self, side: str, value: float) -> float:
        """Return the cost of an order as the kernel counts it, in floats."""
        bought = side == BUY
        rate, flat = (self.buy_rate, self.buy_flat) if bought else (self.sell_rate, self.sell_flat)
        brokerage = min(float(self.order_rate) * value, float(self.order_cap))
        return value * float(rate) + brokerage + float(flat)

    def share_of(self, cash: Decimal) -> Decimal:
        """Return the costs of buying for all of `cash`, as a share of what is bought."""
        value = self.value_for(cash)
        return cash / value - 1 if value > 0 else ZERO

    def to_json(self) -> dict[str, str]:
        """Return the terms as exact text."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}


def terms_of(data: Mapping[str, object]) -> CostTerms:
    """Read what `CostTerms.to_json` wrote; the data is our own, so it is not checked again."""
    return CostTerms(**{name: Decimal(str(value)) for name, value in data.items()})


@dataclass(frozen=True, slots=True)
class DatedTerms:
    """Hold terms with the moment (epoch milliseconds) from which they are in force."""

    from_ms: int
    terms: CostTerms


@dataclass(frozen=True, slots=True)
class CostModel:
    """Name a schedule of terms, the earliest first; `text` says what it is in a line.

    Before the first date the first terms count; research says so where it matters.
    """

    name: str
    text: str
    schedule: tuple[DatedTerms, ...]

    def at(self, ms: int) -> DatedTerms:
        """Return the terms in force at a moment."""
        place = bisect_right([entry.from_ms for entry in self.schedule], ms)
        return self.schedule[max(place - 1, 0)]

    def between(self, start_ms: int, end_ms: int) -> tuple[DatedTerms, ...]:
        """Return the terms in force in [start_ms, end_ms), the first of them from `start_ms` on."""
        first = replace(self.at(start_ms), from_ms=start_ms)
        later = (entry for entry in self.schedule if start_ms < entry.from_ms < end_ms)
        return (first, *later)

    def to_json(self) -> dict[str, str | list[dict[str, str | int]]]:
        """Return the model with exact numbers as text; `model_of` reads it back."""
        schedule: list[dict[str, str | int]] = [
            {"from_ms": entry.from_ms, **entry.terms.to_json()} for entry in self.schedule
        ]
        return {"name": self.name, "text": self.text, "schedule": schedule}

    def with_spread(self, half_spread: Decimal) -> "CostModel":
        """Return the model with this half-spread added to its own."""
        if not half_spread:
            return self
        return replace(
            self,
            schedule=tuple(
                replace(
                    entry,
                    terms=replace(entry.terms, half_spread=entry.terms.half_spread + half_spread),
                )
                for entry in self.schedule
            ),
        )


def model_of(data: Mapping[str, object]) -> CostModel:
    """Read what `CostModel.to_json` wrote; the data is our own, so it is not checked again."""
    schedule = data["schedule"]
    assert isinstance(schedule, list)
    return CostModel(
        str(data["name"]),
        str(data["text"]),
        tuple(
            DatedTerms(
                int(entry["from_ms"]),
                terms_of({name: text for name, text in entry.items() if name != "from_ms"}),
            )
            for entry in schedule
        ),
    )


def plain_costs(fee: Decimal) -> CostModel:
    """Return the model of one fee on both sides, in force always."""
    terms = CostTerms(buy_rate=fee, sell_rate=fee)
    return CostModel("fee", "one fee on both sides", (DatedTerms(0, terms),))


def check_side(side: str) -> None:
    """Raise `InvalidInput` unless a side is `buy` or `sell`."""
    if side not in (BUY, SELL):
        raise InvalidInput(f"{side!r} is no side of an order.", expected="buy or sell", found=side)
