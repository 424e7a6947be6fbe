"""How each kind of version is put to the proof."""

from collections.abc import Callable, Mapping
from typing import Final

from fairlead.market.instruments import Instrument
from fairlead.research.proof.rules import rules_subject
from fairlead.research.proof.subject import Subject
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.model import Setting

MakeSubject = Callable[[RulesDocument, int, Mapping[str, Setting], Instrument | None], Subject]
SUBJECTS: Final[dict[str, MakeSubject]] = {"rules": rules_subject}
