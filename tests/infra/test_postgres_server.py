"""The embedded PostgreSQL: started, adopted, killed, moved, and refused with a sentence."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from fairlead.infra import system_user
from fairlead.infra.errors import InvalidInput
from fairlead.infra.postgres_server import EmbeddedPostgres, _server_error
from fairlead.infra.server_state import free_port, load_state

AS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Return a folder below /tmp, which every user can reach, with a stopped server in it."""
    folder = Path(tempfile.mkdtemp(prefix="fairlead-pg-"))
    folder.chmod(0o755)
    yield folder
    EmbeddedPostgres(folder).stop()
    shutil.rmtree(folder)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """Return a running server; every test may do to it what it wants."""
    server = EmbeddedPostgres(folder, shared_buffers_mb=64, durable=False)
    server.start()
    yield server
    server.start()


def _pid(server: EmbeddedPostgres) -> int:
    pid = server.pid()
    assert pid is not None
    return pid


def test_start_makes_a_server_that_asks_for_the_password(
    server: EmbeddedPostgres, folder: Path
) -> None:
    url = server.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(":" + url.split(":")[2].split("@")[0], ":wrong"))
    assert (folder / "postgres.json").stat().st_mode & 0o077 == 0


def test_production_server_keeps_every_commit(folder: Path, server: EmbeddedPostgres) -> None:
    server.stop()
    with psycopg.connect(EmbeddedPostgres(folder, shared_buffers_mb=64).start()) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_start_adopts_a_server_that_still_runs(server: EmbeddedPostgres, folder: Path) -> None:
    pid = _pid(server)
    another = EmbeddedPostgres(folder)
    assert another.start() == server.start()
    assert another.pid() == pid


def test_stop_and_start_keeps_data(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    assert server.pid() is None
    assert server.url_if_running() is None
    with psycopg.connect(server.start()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        connection.execute("DROP TABLE kept")


def test_start_after_kill_nine_recovers(server: EmbeddedPostgres) -> None:
    for round_number in range(3):
        with psycopg.connect(server.start()) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS rounds (number int)")
            connection.execute("INSERT INTO rounds VALUES (%s)", [round_number])
        os.kill(_pid(server), signal.SIGKILL)
        with psycopg.connect(server.start()) as connection:
            found = connection.execute("SELECT count(*) FROM rounds").fetchone()
        assert found == (round_number + 1,)


def test_start_with_stale_pid_file_of_a_stranger_ignores_it(
    server: EmbeddedPostgres, folder: Path
) -> None:
    server.stop()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file = folder / "postgres" / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{folder / 'postgres'}\n1\n5432\n\n127.0.0.1\n1 1\n")
        if AS_ROOT:
            shutil.chown(pid_file, "fairlead")
        server.start()
        assert _pid(server) != stranger.pid
        stranger.kill()


def test_start_with_its_port_taken_takes_another(server: EmbeddedPostgres, folder: Path) -> None:
    server.stop()
    before = load_state(folder / "postgres.json")
    assert before is not None
    with socket.create_server(("127.0.0.1", before.port)):
        url = server.start()
    assert f":{before.port}/" not in url
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_start_without_its_password_file_says_so(server: EmbeddedPostgres, folder: Path) -> None:
    state = folder / "postgres.json"
    content = state.read_text()
    state.unlink()
    try:
        with pytest.raises(InvalidInput, match=r"password file .* is missing"):
            server.start()
    finally:
        state.write_text(content)


def test_start_on_another_version_says_so(server: EmbeddedPostgres, folder: Path) -> None:
    server.stop()
    version = folder / "postgres" / "PG_VERSION"
    content = version.read_text()
    version.write_text("12\n")
    try:
        with pytest.raises(InvalidInput, match="made by PostgreSQL 12"):
            server.start()
    finally:
        version.write_text(content)


def test_start_after_interrupted_initialisation_starts_afresh(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="fairlead-pg-"))
    folder.chmod(0o755)
    try:
        half = folder / "postgres.new"
        half.mkdir()
        (half / "PG_VERSION").write_text("18\n")
        (folder / "postgres.json").write_text(
            json.dumps({"port": free_port(), "password": "half", "pid": 0})
        )
        server = EmbeddedPostgres(folder, shared_buffers_mb=64, durable=False)
        with psycopg.connect(server.start()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not half.exists()
        server.stop()
    finally:
        shutil.rmtree(folder)


def test_start_in_a_file_instead_of_a_folder_says_so(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.touch()
    with pytest.raises(InvalidInput, match="cannot be written"):
        EmbeddedPostgres(place / "data").start()


@pytest.mark.skipif(not AS_ROOT, reason="only root starts servers as another user")
def test_server_of_root_runs_as_a_user_without_rights(server: EmbeddedPostgres) -> None:
    process = psutil.Process(_pid(server))
    assert process.username() == system_user.ACCOUNT_NAME
    assert process.uids().effective != 0


def test_server_does_not_inherit_our_secrets(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.stop()
    monkeypatch.setenv("SECRET_KEY", "not for the database")
    server.start()
    assert "SECRET_KEY" not in psutil.Process(_pid(server)).environ()


@pytest.mark.skipif(not AS_ROOT, reason="only root starts servers as another user")
def test_start_of_root_in_a_closed_folder_keeps_files_where_the_user_can_reach(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "data", shared_buffers_mb=64, durable=False)
    home = None
    try:
        with psycopg.connect(server.start()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        home = Path((closed / "data" / "servers.location").read_text().strip())
        assert home.parent == system_user.CLOSED_FOLDER_HOME
        server.stop()
        with psycopg.connect(server.start()) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
        if home is not None:
            shutil.rmtree(home)


def test_error_names_the_reason_postgres_gave() -> None:
    said = "waiting for server to start....\nFATAL:  could not open directory\nstopped waiting\n"
    error = _server_error("PostgreSQL did not start", said)
    assert "FATAL:  could not open directory" in error.message
    assert "disk is full" in _server_error("x", "PANIC: No space left on device").message
