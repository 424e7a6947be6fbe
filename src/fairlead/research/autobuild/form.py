"""The form of constraints: every field with its default, bounds and help, read and described."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from fairlead.infra.errors import InvalidInput
from fairlead.research.jsonable import Json, JsonObject

Kind = Literal["text", "choice", "date", "whole", "number", "money", "switch", "words", "objects"]
Plain = str | int | float | bool | Decimal | tuple[str, ...] | tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """Describe one leaf of the document; `path` is like `/walk_forward/fit`."""

    path: str
    kind: Kind
    default: Json
    help: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    items_max: int = 10_000

    @property
    def expected(self) -> str:
        """Say in words what the field takes."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind in ("whole", "number", "money"):
            form = "a whole number" if self.kind == "whole" else "a number"
            return f"{form} from {self.low:g} to {self.high:,.12g}"
        return {
            "text": "a text",
            "date": "a date like 2024-01-31, or null",
            "switch": "true or false",
            "words": f"a list of at most {self.items_max:,} texts",
            "objects": f"a list of at most {self.items_max:,} names or objects",
        }[self.kind]


def read_fields(fields: tuple[Field, ...], document: Mapping[str, Json]) -> dict[str, Plain]:
    """Return the value of every field by its path, defaults where the document has none.

    Raises `InvalidInput` with the path for a name that does not exist and a value of another
    kind or out of bounds.
    """
    _refuse_unknown(fields, document, "")
    return {field.path: _read(field, _found(field, document)) for field in fields}


def schema_of(fields: tuple[Field, ...], title: str) -> JsonObject:
    """Return the JSON schema of the document, with defaults and help texts."""
    root: dict[str, Json] = {}
    for field in fields:
        place = root
        *groups, name = field.path.strip("/").split("/")
        for group in groups:
            entry = place.setdefault(group, _group(group))
            place = _properties(entry)
        place[name] = _leaf(field)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "additionalProperties": False,
        "properties": root,
    }


def fault(path: str, message: str, expected: str, found: object, action: str = "") -> InvalidInput:
    """Return the error of one place of the document."""
    return InvalidInput(
        message,
        expected=expected,
        found=shown(found),
        action=action or f"Correct {path}.",
        path=path,
    )


def shown(value: object) -> str:
    """Return a value as a short text for an error."""
    text = str(value) if not isinstance(value, str) else value
    return text if len(text) <= 80 else f"{text[:77]}..."


def _group(name: str) -> JsonObject:
    properties: dict[str, Json] = {}
    return {
        "type": "object",
        "title": name.replace("_", " ").capitalize(),
        "additionalProperties": False,
        "properties": properties,
    }


def _properties(entry: Json) -> dict[str, Json]:
    if not isinstance(entry, dict) or not isinstance(entry["properties"], dict):
        raise ValueError("a field lies below another field")
    return entry["properties"]


def _leaf(field: Field) -> JsonObject:
    leaf: dict[str, Json] = {
        "title": field.path.rsplit("/", 1)[-1].replace("_", " ").capitalize(),
        "description": field.help,
        "default": field.default,
    }
    if field.kind in ("whole", "number", "money"):
        kind = {"whole": "integer", "number": "number", "money": "string"}[field.kind]
        leaf |= {"type": kind}
        leaf |= {"minimum": field.low, "maximum": field.high} if kind != "string" else {}
        leaf |= {"format": "decimal"} if kind == "string" else {}
    elif field.kind == "choice":
        leaf |= {"type": "string", "enum": list(field.choices)}
    elif field.kind == "date":
        leaf |= {"type": ["string", "null"], "format": "date"}
    elif field.kind == "switch":
        leaf |= {"type": "boolean"}
    elif field.kind == "words":
        leaf |= {"type": "array", "items": {"type": "string"}, "maxItems": field.items_max}
    elif field.kind == "objects":
        leaf |= {"type": "array", "maxItems": field.items_max}
    else:
        leaf |= {"type": "string"}
    return leaf


def _refuse_unknown(fields: tuple[Field, ...], part: Mapping[str, Json], where: str) -> None:
    paths = [field.path for field in fields]
    for name, value in part.items():
        path = f"{where}/{name}"
        if path in paths:
            continue
        known = sorted({each[len(where) + 1 :].split("/")[0] for each in paths})
        if not any(each.startswith(f"{path}/") for each in paths):
            message = f"The constraints have no field {path}."
            raise fault(path, message, "one of " + ", ".join(known), name, f"Remove {path}.")
        if not isinstance(value, Mapping):
            raise fault(path, f"{path} must be an object.", "an object", value)
        inner = tuple(field for field in fields if field.path.startswith(f"{path}/"))
        _refuse_unknown(inner, value, path)


def _found(field: Field, document: Mapping[str, Json]) -> Json:
    part: Json = document
    for name in field.path.strip("/").split("/"):
        if not isinstance(part, Mapping) or name not in part:
            return field.default
        part = part[name]
    return part


def _read(field: Field, value: Json) -> Plain:
    result: Plain | None = None
    if field.kind == "date":
        result = "" if value is None or value == "" else _text(value)
    elif field.kind == "text":
        result = _text(value)
    elif field.kind == "choice":
        result = value if isinstance(value, str) and value in field.choices else None
    elif field.kind == "switch":
        result = value if isinstance(value, bool) else None
    elif field.kind == "words":
        result = _words(field, value)
    elif field.kind == "objects":
        result = _objects(field, value)
    else:
        result = _number(field, value)
    if result is None:
        message = f"{field.path} cannot be {shown(value)}: expected {field.expected}."
        raise fault(field.path, message, field.expected, value)
    return result


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _number(field: Field, value: Json) -> int | float | Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or not Decimal(str(field.low)) <= number <= Decimal(str(field.high)):
        return None
    if field.kind == "whole":
        return int(number) if number == int(number) else None
    return number if field.kind == "money" else float(number)


def _words(field: Field, value: Json) -> tuple[str, ...] | None:
    if not isinstance(value, list | tuple) or len(value) > field.items_max:
        return None
    if not all(isinstance(word, str) and word.strip() for word in value):
        return None
    return tuple(str(word).strip() for word in value)


def _objects(field: Field, value: Json) -> tuple[JsonObject, ...] | None:
    if not isinstance(value, list | tuple) or len(value) > field.items_max:
        return None
    named = [{"template": each} if isinstance(each, str) else each for each in value]
    if not all(isinstance(each, Mapping) for each in named):
        return None
    return tuple(dict(each) for each in named if isinstance(each, Mapping))
