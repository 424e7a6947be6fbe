"""Fees of crypto venues: maker and taker by tier, with the day on which they were read."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from importlib.resources import files
from typing import Any

from fairlead.market.charges.model import CostModel, CostTerms, DatedTerms


def venue_models() -> Iterator[CostModel]:
    """Yield a model for each tier, as `bybit-linear:vip0`, and one `...:maker` beside it.

    The plain name takes the taker's fee, which is what an order at the market pays.
    """
    place = files("fairlead.market.charges") / "rates" / "crypto.json"
    for fees in json.loads(place.read_text(encoding="utf-8"))["fees"]:
        for tier, (maker, taker) in fees["tiers"].items():
            name = f"{fees['venue']}-{fees['product']}:{tier}"
            yield _model(fees, name, "taker", Decimal(taker))
            yield _model(fees, f"{name}:maker", "maker", Decimal(maker))


def _model(fees: dict[str, Any], name: str, who: str, fee: Decimal) -> CostModel:
    gst = Decimal(fees["gst"])
    rate = fee * (1 + gst)
    tax = f" and {gst:.0%} GST on it" if gst else ""
    product = "perpetuals" if fees["product"] == "linear" else fees["product"]
    day = dt.date.fromisoformat(fees["read"])
    text = f"{fees['venue']} {product}, {who}'s fee of {name.split(':')[1]}{tax}, read {day}"
    return CostModel(name, text, (DatedTerms(0, CostTerms(buy_rate=rate, sell_rate=rate)),))
