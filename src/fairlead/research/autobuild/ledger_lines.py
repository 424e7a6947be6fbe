"""What an AutoBuild adds to the ledger of trials, and under which ideas it counts."""

import hashlib
from functools import cache

from fairlead.research.autobuild.terms import Constraints
from fairlead.research.autobuild.trials import TrialRecord, family_of
from fairlead.research.jsonable import dump_json
from fairlead.research.overfitting.family import idea_of
from fairlead.research.runs import Trial
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.templates import TEMPLATES, load_template


@cache
def idea_of_template(template: str) -> str:
    """Return the idea that a template shares with every strategy cloned from it."""
    return idea_of(full_form(load_template(template)))


def idea_of_family(family: str) -> str:
    """Return the idea behind a family of trials of AutoBuild; other names stay as they are."""
    return _ideas().get(family, family)


def ledger_line(record: TrialRecord, constraints: Constraints) -> Trial:
    """Return the line of one template on one instrument, as every ledger keeps it."""
    search = next(each for each in constraints.searches if each.template == record.template)
    tried = dump_json(
        {
            "fixed": dict(sorted(search.fixed.items())),
            "axes": [[axis.name, list(axis.values)] for axis in search.axes],
        }
    )
    return Trial(
        family=record.family,
        kind="autobuild",
        version_hash=record.version_hash,
        instrument=record.instrument,
        timeframe=record.timeframe,
        first_ms=record.first_ms,
        last_ms=record.last_ms,
        parameters_hash=hashlib.sha256(tried.encode()).hexdigest(),
        metric="sharpe",
        sets=record.sets,
        best=record.best,
        effective=max(1.0, record.effective),
        sharpe_mean=record.sharpe_mean or 0.0,
        sharpe_variance=record.sharpe_variance or 0.0,
    )


@cache
def _ideas() -> dict[str, str]:
    return {family_of(load_template(name).name): idea_of_template(name) for name in TEMPLATES}
