"""Log finished runs to an MLflow server, each once however often it is tried."""

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import Connection

from fairlead.infra.errors import Unavailable
from fairlead.infra.logs import get_logger
from fairlead.infra.mlflow_environment import quiet_mlflow
from fairlead.infra.queue import JobContext, enqueue
from fairlead.research.tracked import Tracked

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

TRACK_RUN = "research.track"
TRACK_AUTOBUILD = "research.track_autobuild"
AFTER_RUNS = -1
TIMEOUT_S = 10
RUN_TAG = "fairlead.run_id"
PARAMETERS_AT_ONCE = 100
SAME_RUNS_MAX = 50
_log = get_logger(__name__)


def queue_tracking(connection: Connection, context: JobContext, task: str) -> None:
    """Ask, in the transaction that ends a run, for it to be logged; nothing without a server."""
    if context.settings.mlflow_tracking_uri:
        enqueue(connection, task, context.job_id, context.tenant_id, priority=AFTER_RUNS)


def give_up_tracking(context: JobContext, reason: str) -> None:
    """Warn once that a run is not tracked; the run itself and its result are whole."""
    _log.warning("tracking.given_up", run_id=str(context.job_id), reason=reason)


def log_tracked(uri: str, tracked: Tracked) -> str:
    """Send an entry and return the tracker's own id of it.

    An entry that is there already, whole or in part, is completed and never doubled: it is found
    by the tag of its run. Raises `Unavailable` when the server does not take it.
    """
    quiet_mlflow(TIMEOUT_S)
    # brings hundreds of modules, which only a worker with a tracking server needs
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        client = MlflowClient(tracking_uri=uri)
        experiment_id = _experiment(client, tracked.experiment)
        run_id = _run(client, experiment_id, tracked)
        if client.get_run(run_id).info.status != "FINISHED":
            _fill(client, run_id, tracked)
        return run_id
    except (MlflowException, OSError) as error:
        raise Unavailable(
            f"The tracking server {shown_address(uri)} did not take run {tracked.tracking_id}.",
            found=_without_secret(str(error))[:300] or type(error).__name__,
            action="Start it, or correct BACKEND_MLFLOW_TRACKING_URI.",
        ) from error


def shown_address(uri: str) -> str:
    """Return an address without the name and password it may hold."""
    parts = urlsplit(uri)
    if not parts.hostname:
        return parts.scheme or uri
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def _without_secret(text: str) -> str:
    """Return an error's text without names and passwords in addresses."""
    return re.sub(r"//[^/@\s]*@", "//", text)


def _experiment(client: "MlflowClient", name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name))
        except MlflowException:
            # another worker made it at the same moment
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    return str(found.experiment_id)


def _run(client: "MlflowClient", experiment_id: str, tracked: Tracked) -> str:
    """Return the one run with this tag, made if it is missing.

    Two workers that make it at the same moment both see both, and keep the same one.
    """
    known = _same(client, experiment_id, tracked.tracking_id)
    if not known:
        client.create_run(
            experiment_id, tracked.start_ms, {RUN_TAG: tracked.tracking_id}, tracked.name
        )
        known = _same(client, experiment_id, tracked.tracking_id)
    first, *others = known
    for other in others:
        client.delete_run(other)
    return first


def _same(client: "MlflowClient", experiment_id: str, tracking_id: str) -> list[str]:
    query = f"tags.`{RUN_TAG}` = '{tracking_id}'"
    found = client.search_runs([experiment_id], query, max_results=SAME_RUNS_MAX)
    return sorted(run.info.run_id for run in found)


def _fill(client: "MlflowClient", run_id: str, tracked: Tracked) -> None:
    """Send all there is; what was sent before is sent again with the same values."""
    from mlflow.entities import Metric, Param, RunTag

    parameters = [Param(name, text) for name, text in tracked.parameters.items()]
    for start in range(0, len(parameters), PARAMETERS_AT_ONCE):
        client.log_batch(run_id, params=parameters[start : start + PARAMETERS_AT_ONCE])
    metrics = [Metric(name, value, tracked.end_ms, 0) for name, value in tracked.metrics.items()]
    tags = [RunTag(name, text) for name, text in tracked.tags.items()]
    client.log_batch(run_id, metrics=metrics, tags=tags)
    with tempfile.TemporaryDirectory(prefix="fairlead-tracking-") as folder:
        for name, content in tracked.files.items():
            path = Path(folder) / name
            path.write_bytes(content)
            client.log_artifact(run_id, str(path))
    client.set_terminated(run_id, "FINISHED", tracked.end_ms)
