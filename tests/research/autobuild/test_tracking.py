"""A finished AutoBuild is told to the tracking server by a job of its own, once."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from fairlead.infra.bus import Bus
from fairlead.infra.db import Database
from fairlead.infra.errors import Unavailable
from fairlead.infra.settings import Settings
from fairlead.research.autobuild.jobs import HANDLERS
from fairlead.research.tracking import TRACK_AUTOBUILD
from tests.research.autobuild.desk import INSTRUMENTS, Desk
from tests.research.fake_tracker import FakeTracker, running_tracker


@pytest.fixture
def tracker() -> Iterator[FakeTracker]:
    """Serve a tracker for one test."""
    with running_tracker() as served:
        yield served


@pytest.fixture
def desk(
    database: Database, settings: Settings, bus: Bus, tenant: UUID, tracker: FakeTracker
) -> Desk:
    """Return a desk with candles that tracks at the tracker."""
    made = Desk(database, settings.with_changes(mlflow_tracking_uri=tracker.address), bus, tenant)
    made.stock()
    return made


def test_finished_autobuild_is_tracked_once_with_its_findings(
    desk: Desk, tracker: FakeTracker
) -> None:
    job = desk.submit()
    tracker.fail_at["runs/log-batch"] = 1
    done = desk.work(job)
    assert done.status == "done"
    assert tracker.alive() == []
    with pytest.raises(Unavailable):
        HANDLERS[TRACK_AUTOBUILD](desk.context(job))
    HANDLERS[TRACK_AUTOBUILD](desk.context(job, attempt=1))
    (entry,) = tracker.alive()
    assert (entry.info["status"], entry.info["run_name"]) == ("FINISHED", "ours autobuild")
    assert entry.tags["fairlead.run_id"] == str(job.autobuild_id)
    assert entry.tags["fairlead.kind"] == "autobuild"
    assert entry.tags["fairlead.timeframe"] == "1h"
    told = {name: metric["value"] for name, metric in entry.metrics.items()}
    assert told["accepted"] + told["rejected"] == len(INSTRUMENTS)
    assert entry.params["walk_forward.windows"] == "3"
    assert sorted(entry.files) == ["constraints.json", "findings.json"]
