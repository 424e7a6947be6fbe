"""What an editor needs to know: the JSON schema of a definition and the indicators there are."""

from functools import cache

from fairlead.indicators.catalog import INDICATORS
from fairlead.indicators.indicator import SOURCES
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.filters import QUALITY
from fairlead.strategies.kinds.rules.policy_fields import POLICY_FIELDS
from fairlead.strategies.model import Json


@cache
def definition_schema() -> dict[str, Json]:
    """Return the JSON schema (2020-12) of a rules definition."""
    schema: dict[str, Json] = RulesDocument.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


@cache
def indicator_list() -> list[Json]:
    """Return all indicators with their parameters, outputs and sources."""
    listed: list[Json] = []
    for indicator in INDICATORS.values():
        choices = SOURCES if indicator.selectable else (indicator.source,)
        listed.append(
            {
                "kind": indicator.name,
                "title": indicator.title,
                "reference": indicator.reference,
                "input": indicator.source,
                "inputs": [*choices],
                "outputs": [*indicator.outputs],
                "parameters": [
                    {
                        "name": setting.name,
                        "type": "int" if setting.whole else "float",
                        "low": setting.low,
                        "high": setting.high,
                        "default": setting.default,
                    }
                    for setting in indicator.parameters
                ],
                "ascending": [[lower, upper] for lower, upper in indicator.ascending],
            }
        )
    return listed


@cache
def policy_field_list() -> list[Json]:
    """Return the fields of policy and limits with where a definition holds them."""
    return [
        {
            "name": field.name,
            "path": "/" + "/".join(field.path),
            "default": field.default,
            "expected": field.accepts.expected,
            "description": field.description,
        }
        for field in POLICY_FIELDS.values()
    ]


@cache
def quality_presets() -> dict[str, Json]:
    """Return what each entry-quality preset asks for."""
    return {
        name: {"body_ratio": body, "relative_volume": volume, "adx": strength}
        for name, (body, volume, strength) in QUALITY.items()
    }
