"""Charges on Indian exchanges: each part of one order exactly, a contract note, and the terms.

Parts follow the contract note: brokerage, securities transaction tax, exchange charge, SEBI fee,
GST on brokerage, exchange charge and (since 18 July 2022) SEBI fee, stamp duty on purchases, and
the depository's charge on delivery sales, with its GST. A part is computed exactly and rounded
only on a note: tax and stamp duty to the rupee (Finance (No. 2) Act 2004, section 104, and the
Indian Stamp Rules), the rest to the paisa, halves up.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal, localcontext
from importlib.resources import files
from typing import Any

from fairlead.market.charges.model import (
    BUY,
    EXACT,
    ZERO,
    CostModel,
    CostTerms,
    DatedTerms,
    check_side,
)
from fairlead.market.instruments import IST_OFFSET_MS

SEGMENTS = ("delivery", "intraday", "futures", "options")
FIRST_DAY = dt.date(2020, 7, 1)
RUPEE, PAISA = Decimal(1), Decimal("0.01")
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Rates:
    """Hold every rate of one segment on one day, as fractions of value or rupees an order."""

    brokerage_rate: Decimal
    brokerage_cap: Decimal
    brokerage_flat: Decimal
    stt_buy: Decimal
    stt_sell: Decimal
    exchange: Decimal
    sebi: Decimal
    stamp_buy: Decimal
    gst: Decimal
    gst_on_sebi: Decimal
    dp_sell: Decimal


@dataclass(frozen=True, slots=True)
class Charges:
    """Hold the charges of one order, or of a note, part by part, in rupees."""

    brokerage: Decimal
    stt: Decimal
    exchange: Decimal
    sebi: Decimal
    gst: Decimal
    stamp: Decimal
    dp: Decimal

    @property
    def total(self) -> Decimal:
        """Return the sum of all parts."""
        with localcontext(EXACT):
            return sum((getattr(self, field.name) for field in fields(self)), ZERO)


def charges_of(rates: Rates, side: str, value: Decimal) -> Charges:
    """Return the exact charges of one order of this value; raises `InvalidInput` for a side."""
    check_side(side)
    bought = side == BUY
    with localcontext(EXACT):
        brokerage = min(rates.brokerage_rate * value, rates.brokerage_cap) + rates.brokerage_flat
        exchange, sebi = rates.exchange * value, rates.sebi * value
        return Charges(
            brokerage=brokerage,
            stt=(rates.stt_buy if bought else rates.stt_sell) * value,
            exchange=exchange,
            sebi=sebi,
            gst=rates.gst * (brokerage + exchange + rates.gst_on_sebi * sebi),
            stamp=rates.stamp_buy * value if bought else ZERO,
            dp=ZERO if bought else rates.dp_sell * (1 + rates.gst),
        )


def note_of(orders: Iterable[Charges]) -> Charges:
    """Return the charges of a day's orders as a contract note rounds them.

    Tax and stamp duty are rounded once for the note, to the rupee; all else to the paisa.
    """
    parts = list(orders)

    def rounded(name: str, step: Decimal) -> Decimal:
        whole = sum((getattr(part, name) for part in parts), ZERO)
        return whole.quantize(step, ROUND_HALF_UP)

    return Charges(
        brokerage=rounded("brokerage", PAISA),
        stt=rounded("stt", RUPEE),
        exchange=rounded("exchange", PAISA),
        sebi=rounded("sebi", PAISA),
        gst=rounded("gst", PAISA),
        stamp=rounded("stamp", RUPEE),
        dp=rounded("dp", PAISA),
    )


def terms_of_rates(rates: Rates) -> CostTerms:
    """Fold all parts into the terms of an order: the same total for every side and value.

    What grows with value goes into the side's rate, GST on brokerage into the order's rate, cap
    and flat fee. The depository's charge is taken for every sale, as if a day had one.
    """
    with localcontext(EXACT):
        taxed = 1 + rates.gst
        both = rates.exchange * taxed + rates.sebi * (1 + rates.gst * rates.gst_on_sebi)
        return CostTerms(
            buy_rate=both + rates.stt_buy + rates.stamp_buy,
            sell_rate=both + rates.stt_sell,
            order_rate=rates.brokerage_rate * taxed,
            order_cap=rates.brokerage_cap * taxed,
            buy_flat=rates.brokerage_flat * taxed,
            sell_flat=(rates.brokerage_flat + rates.dp_sell) * taxed,
        )


def rates_on(segment: str, day: dt.date) -> Rates:
    """Return the rates in force on a day, those of the first day for one before it."""
    return _rates(_document(), segment, max(day, FIRST_DAY))


def indian_model(segment: str) -> CostModel:
    """Return the dated terms of one segment of `SEGMENTS`, from July 2020 on."""
    document = _document()
    part = document["segments"][segment]
    return CostModel(
        f"nse-{segment}",
        f"{part['text']}, with a discount broker's brokerage",
        tuple(
            DatedTerms(_midnight_ms(day), terms_of_rates(_rates(document, segment, day)))
            for day in _days_of_change(document, part)
        ),
    )


def _rates(document: Mapping[str, Any], segment: str, day: dt.date) -> Rates:
    part = document["segments"][segment]
    brokerage, stt = _entry(part["brokerage"], day), _entry(part["stt"], day)
    return Rates(
        brokerage_rate=Decimal(brokerage["rate"]),
        brokerage_cap=Decimal(brokerage["cap"]),
        brokerage_flat=Decimal(brokerage["flat"]),
        stt_buy=Decimal(stt["buy"]),
        stt_sell=Decimal(stt["sell"]),
        exchange=Decimal(_entry(part["exchange"], day)["rate"]),
        sebi=Decimal(_entry(document["sebi"], day)["rate"]),
        stamp_buy=Decimal(_entry(part["stamp"], day)["rate"]),
        gst=Decimal(_entry(document["gst"], day)["rate"]),
        gst_on_sebi=Decimal(_entry(document["gst_on_sebi"], day)["rate"]),
        dp_sell=Decimal(_entry(document["dp"], day)["amount"]) if part["dp"] else ZERO,
    )


def _entry(entries: list[Mapping[str, Any]], day: dt.date) -> Mapping[str, Any]:
    """Return the last entry that begins on or before the day."""
    return [entry for entry in entries if dt.date.fromisoformat(entry["from"]) <= day][-1]


def _days_of_change(document: Mapping[str, Any], part: Mapping[str, Any]) -> list[dt.date]:
    lists = [document[name] for name in ("gst", "gst_on_sebi", "sebi")]
    lists += [part[name] for name in ("stt", "stamp", "exchange", "brokerage")]
    if part["dp"]:
        lists.append(document["dp"])
    days = {dt.date.fromisoformat(entry["from"]) for entries in lists for entry in entries}
    return sorted({max(day, FIRST_DAY) for day in days})


def _midnight_ms(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * _DAY_MS - IST_OFFSET_MS


def _document() -> Mapping[str, Any]:
    place = files("fairlead.market.charges") / "rates" / "india.json"
    document: Mapping[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return document
