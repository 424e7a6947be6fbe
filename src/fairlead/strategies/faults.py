"""What is wrong with a definition, place by place."""

from collections.abc import Sequence
from dataclasses import dataclass

from fairlead.infra.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that cannot stay as it is; `path` is a JSON pointer such as `/exits/size`."""

    path: str
    expected: str
    found: str
    message: str


class InvalidDefinition(InvalidInput):
    """Say what is wrong with a definition; `faults` lists every place, the first one leads."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(
            f"The definition is not valid at {first.path or '/'}: {first.message}{more}",
            expected=first.expected,
            found=first.found,
            action="Change the definition at the places listed, then validate it again.",
            path=first.path or "/",
        )
        self.faults = tuple(faults)


def pointer(parts: Sequence[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a place."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{part}" for part in escaped)
