"""Terms of instruments as the kernel reads them."""

import numpy as np

from fairlead.kernel.records import Records, new_instrument
from fairlead.live.batch import Integers
from fairlead.live.model import Lineup
from fairlead.market.instruments import Instrument, default_instrument


def kernel_terms(instrument: Instrument) -> Records:
    """Return an INSTRUMENT of shape (1,) with the terms of `instrument`."""
    return new_instrument(
        tick=instrument.tick,
        lot=instrument.lot,
        min_notional=float(instrument.min_notional),
        shorting=instrument.shorting,
        max_leverage=float(instrument.max_leverage),
    )


def lineup_terms(lineup: Lineup) -> tuple[Records, Integers]:
    """Return INSTRUMENT (L,) and timeframes in milliseconds (L,) of a lineup's legs."""
    terms = [kernel_terms(default_instrument(leg.instrument)) for leg in lineup.legs]
    timeframes = np.array([leg.timeframe_ms for leg in lineup.legs], np.int64)
    return np.concatenate(terms), timeframes
