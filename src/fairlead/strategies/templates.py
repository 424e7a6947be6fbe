"""Ready-made definitions that come with the product."""

import json
from functools import cache
from importlib.resources import files
from typing import Final

from fairlead.infra.errors import NotFound
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.reading import read_document

TEMPLATES: Final = (
    "sma_crossover",
    "ema_crossover",
    "rsi_reversion",
    "bollinger_breakout",
    "donchian",
    "macd",
    "supertrend",
)


@cache
def load_template(name: str) -> RulesDocument:
    """Return a template by name; raise `NotFound` for one that does not exist."""
    if name not in TEMPLATES:
        raise NotFound(
            f"There is no template called {name!r}.",
            expected="one of " + ", ".join(TEMPLATES),
            found=name,
            action="Choose one of the templates.",
            path=name,
        )
    return read_document(template_data(name))


def template_data(name: str) -> object:
    """Return a template as its author wrote it, parsed."""
    text = files("fairlead.strategies").joinpath("templates", f"{name}.json").read_text("utf-8")
    data: object = json.loads(text)
    return data
