"""Facts of promotion that people are told about."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PromotionChanged:
    """Say where a promotion stands; `name` is that of what is promoted."""

    type: ClassVar[str] = "promotion.changed"
    promotion_id: UUID
    status: str
    name: str
    override: bool
