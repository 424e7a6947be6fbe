"""A proof that was asked for, carried out on the newest bars of its series."""

from typing import Final

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.market.instruments import Instrument
from fairlead.research.progress import Progress
from fairlead.research.proof.model import Proof
from fairlead.research.proof.prove import prove_version, warm_up_of_version
from fairlead.research.runs import Submission
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.source import version_hash

USUAL_BARS: Final = 10_000
MOST_BARS: Final = 300_000
WARM_UPS: Final = 3


def prove_submission(
    submission: Submission,
    document: RulesDocument,
    bars: Bars,
    instrument: Instrument,
    progress: Progress,
) -> Proof:
    """Prove a version on the newest bars of the period: some thousand, and its warm-up thrice.

    The seed follows from the version, so equal input gives an equal proof. Raises `InvalidInput`
    where there is nothing to prove on.
    """
    known = bars.between(submission.period.start_ms, submission.period.end_ms)
    if len(known) == 0:
        raise InvalidInput("There are no bars to prove on.", action="Import candles first.")
    declared = warm_up_of_version(document, known.timeframe_ms, submission.parameters)
    wanted = min(max(USUAL_BARS, WARM_UPS * (declared or 0)), MOST_BARS)
    newest = known.slice(max(len(known) - wanted, 0), len(known))
    return prove_version(
        document,
        newest,
        int(version_hash(document)[:8], 16),
        parameters=submission.parameters,
        instrument=instrument,
        progress=progress,
    )
