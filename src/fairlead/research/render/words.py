"""Numbers as people read them; an undefined figure is a dash."""

import math
from html import escape as escape

DASH = "\u2013"
MINUS = "\u2212"


def percent(value: float | None, digits: int = 2, signed: bool = False) -> str:
    """Return a fraction as percent, `12.34 %`; with a plus sign when asked."""
    if value is None:
        return DASH
    return _number(value * 100.0, digits, signed) + " %"


def decimal(value: float | None, digits: int = 2, signed: bool = False) -> str:
    """Return a number with thousands separators and a fixed number of digits."""
    return DASH if value is None else _number(value, digits, signed)


def money(value: float | None, signed: bool = False) -> str:
    """Return an amount with two digits, or none from a million on."""
    if value is None:
        return DASH
    return _number(value, 0 if abs(value) >= 1e6 else 2, signed)


def price(value: float | None) -> str:
    """Return a price with about six significant digits, never in exponents."""
    if value is None:
        return DASH
    if value == 0.0 or not math.isfinite(value):
        return decimal(value, 2)
    digits = max(2, min(10, 5 - math.floor(math.log10(abs(value)))))
    text = _number(value, digits, False)
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def aligned(values: list[float]) -> list[str]:
    """Return the labels of one axis: round numbers, all with as many digits as any needs."""
    texts = [f"{abs(value):.10f}".rstrip("0") for value in values]
    digits = max((len(text.partition(".")[2]) for text in texts), default=0)
    return [_number(value, digits, False) for value in values]


def quantity(value: float) -> str:
    """Return a quantity with up to eight digits and no trailing zeros."""
    text = f"{value:,.8f}".rstrip("0").rstrip(".")
    return text if text not in {"", "-0"} else "0"


def whole(value: float | None) -> str:
    """Return an integer with thousands separators."""
    return DASH if value is None else _number(value, 0, False)


def setting_words(value: float | str | bool) -> str:
    """Return a parameter's value: numbers without trailing zeros, switches as on and off."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else f"{value:g}"


def sign_class(value: float | None) -> str:
    """Return the style class of a number's sign: `up`, `down` or nothing."""
    if value is None or value == 0.0:
        return ""
    return "up" if value > 0.0 else "down"


def words_of(name: str) -> str:
    """Return `profit_factor` as `Profit factor`."""
    return name.replace("_", " ").capitalize()


def _number(value: float, digits: int, signed: bool) -> str:
    if not math.isfinite(value):
        return DASH
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0.0:
        return text
    return (MINUS if value < 0.0 else "+" if signed else "") + text
