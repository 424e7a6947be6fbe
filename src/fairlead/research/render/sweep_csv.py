"""The cells of a sweep as CSV."""

import csv
import io

from fairlead.research.cells import CELL_METRICS
from fairlead.research.render.sweep_json import figure_json
from fairlead.research.sweep import SweepResult


def sweep_csv(result: SweepResult) -> str:
    """Return one line for each set: the values on its axes, its figures, its neighbourhood."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        (*(axis.name for axis in result.candidates.axes), *CELL_METRICS, f"plateau_{result.metric}")
    )
    for index in range(len(result.candidates.sets)):
        figures = zip(CELL_METRICS, result.figures[index].tolist(), strict=True)
        writer.writerow(
            (
                *result.candidates.varied(index).values(),
                *(figure_json(name, value) for name, value in figures),
                figure_json("plateau", float(result.plateau[index])),
            )
        )
    return out.getvalue()
