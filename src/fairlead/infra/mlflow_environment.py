"""What MLflow's client reads from the environment: short waits, and no reports to anybody."""

import os


def quiet_mlflow(timeout_s: int) -> None:
    """Set limits for a server that hangs, and switch telemetry off; before the first import.

    What an operator has set stands.
    """
    for name, value in (
        ("MLFLOW_DISABLE_TELEMETRY", "true"),
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", str(timeout_s)),
        ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1"),
        ("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false"),
        ("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true"),
        ("GIT_PYTHON_REFRESH", "quiet"),
    ):
        os.environ.setdefault(name, value)
