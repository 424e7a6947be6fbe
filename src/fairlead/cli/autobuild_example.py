"""An example of a constraints file, written from the schema so that it cannot grow stale."""

import json
import textwrap
from typing import cast

from fairlead.research.jsonable import Json, JsonObject

WIDTH = 96
OPENING = """\
# Constraints of an AutoBuild. Every line shows a default; leave out what you do not change.
# Run it: fairlead autobuild run --constraints THIS-FILE
"""


def example_of(schema: JsonObject) -> str:
    """Return the document of all defaults as TOML, each field under its meaning."""
    lines = [OPENING, *_table("", cast("JsonObject", schema["properties"]))]
    return "\n".join(lines).rstrip() + "\n"


def _table(name: str, properties: JsonObject) -> list[str]:
    """Return the fields of a table, then the tables in it: TOML wants them in that order."""
    fields, tables = [], []
    for key, value in properties.items():
        field = cast("JsonObject", value)
        if "properties" in field:
            path = f"{name}.{key}" if name else key
            inner = cast("JsonObject", field["properties"])
            tables += [f"[{path}]", *_table(path, inner)]
        else:
            fields += _field(key, field)
    return [*fields, *tables]


def _field(key: str, field: JsonObject) -> list[str]:
    meaning = str(field.get("description", ""))
    choices = field.get("enum")
    if isinstance(choices, list):
        meaning += f" One of {', '.join(map(str, choices))}."
    comment = textwrap.wrap(meaning, WIDTH, initial_indent="# ", subsequent_indent="# ")
    default = field.get("default")
    line = f"# {key} =" if default is None else f"{key} = {_value(default)}"
    return [*comment, line, ""]


def _value(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
