"""Every cost model there is by its name; a new one is a line here or an entry in the data."""

from fairlead.infra.errors import InvalidInput
from fairlead.market.charges.indian import SEGMENTS, indian_model
from fairlead.market.charges.model import CostModel
from fairlead.market.charges.venue_fees import venue_models


def cost_models() -> dict[str, CostModel]:
    """Return all models by name, in the order of a list for people."""
    indian = (indian_model(segment) for segment in SEGMENTS)
    return {model.name: model for model in (*indian, *venue_models())}


def cost_model(name: str) -> CostModel:
    """Return a model by name; raises `InvalidInput` that lists what there is."""
    models = cost_models()
    if name not in models:
        plain = [known for known in models if not known.endswith(":maker")]
        raise InvalidInput(
            f"There is no cost model {name!r}.",
            expected=f"one of {', '.join(plain)}, or a file in JSON",
            found=name,
            path="costs",
        )
    return models[name]
