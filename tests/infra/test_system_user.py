"""Which user servers run as, and where they find files they can reach."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairlead.infra import system_user
from fairlead.infra.errors import InvalidInput
from fairlead.infra.system_user import (
    Account,
    can_reach,
    reachable_home,
    reachable_software,
    service_account,
    start_process,
)

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as another user")


@pytest.fixture
def account() -> Account:
    """Return the account of root's servers."""
    found = service_account()
    assert found is not None
    return found


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """Return a folder only its owner may enter."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    return closed


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return what takes the place of /var/lib/fairlead: a folder anyone may enter."""
    with tempfile.TemporaryDirectory(prefix="fairlead-place-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setattr(system_user, "CLOSED_FOLDER_HOME", Path(folder) / "fairlead")
        yield Path(folder) / "fairlead"


@pytest.mark.skipif(os.geteuid() == 0, reason="root needs another user")
def test_ordinary_user_runs_servers_itself(tmp_path: Path) -> None:
    assert service_account() is None
    assert reachable_home(tmp_path, None) == tmp_path


@AS_ROOT
def test_data_of_an_ordinary_user_keeps_its_owner(tmp_path: Path) -> None:
    theirs = tmp_path / "postgres"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    found = service_account(theirs)
    assert found is not None
    assert found.uid == 65534


@AS_ROOT
def test_process_has_neither_rights_nor_groups_of_root(account: Account) -> None:
    process = start_process(["/bin/sh", "-c", "id -u; id -G; pwd; umask"], account)
    said, _ = process.communicate()
    assert said.decode().split() == [str(account.uid), str(account.gid), "/", "0077"]


@AS_ROOT
def test_closed_folder_gets_a_home_elsewhere_once(
    closed: Path, account: Account, place: Path
) -> None:
    assert not can_reach(closed, account)
    home = reachable_home(closed, account)
    assert home.parent == place
    assert can_reach(home, account)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert reachable_home(closed, account) == home


@AS_ROOT
def test_folder_made_for_us_alone_is_opened_for_entering(account: Account, place: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="fairlead-private-") as folder:
        assert reachable_home(Path(folder), account) == Path(folder)
        assert Path(folder).stat().st_mode & 0o777 == 0o711
    assert not place.exists()


@AS_ROOT
def test_home_kept_elsewhere_stays_there_when_the_folder_opens(
    closed: Path, account: Account, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = reachable_home(closed, account)
    monkeypatch.setattr(system_user, "can_reach", lambda _path, _account: True)
    assert reachable_home(closed, account) == home


@AS_ROOT
def test_home_that_is_gone_is_named_not_replaced(
    closed: Path, account: Account, place: Path
) -> None:
    reachable_home(closed, account).rmdir()
    with pytest.raises(InvalidInput, match=r"servers\.location says that the database lives in"):
        reachable_home(closed, account)


@AS_ROOT
def test_closed_software_is_copied_once_per_version(
    closed: Path, account: Account, place: Path
) -> None:
    package, libraries = closed / "server", closed / "server.libs"
    for folder in (package, libraries):
        folder.mkdir()
        (folder / "file").write_text("1")
    first = reachable_software(package, [libraries], account, "1.0")
    assert first == place / "server-1.0" / "server"
    assert (first.parent / "server.libs" / "file").read_text() == "1"
    assert can_reach(first, account)
    (package / "file").write_text("2")
    assert reachable_software(package, [libraries], account, "1.0") == first
    second = reachable_software(package, [libraries], account, "2.0")
    assert (second / "file").read_text() == "2"


@AS_ROOT
def test_place_nobody_can_reach_either_is_said(
    closed: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_user, "CLOSED_FOLDER_HOME", closed / "also")
    with pytest.raises(InvalidInput, match="can reach neither"):
        reachable_home(closed, account)
