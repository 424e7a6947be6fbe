"""Run servers that refuse to be root as a system user, from folders that user can reach."""

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fairlead.infra.errors import InvalidInput, Unavailable
from fairlead.infra.secrets import as_file_error

ACCOUNT_NAME = "fairlead"
CLOSED_FOLDER_HOME = Path("/var/lib/fairlead")
_CREATE_COMMANDS = (
    ("useradd", "--system", "--no-create-home", "--shell", "/bin/false", ACCOUNT_NAME),
    ("adduser", "-S", "-D", "-H", "-s", "/bin/false", ACCOUNT_NAME),
)


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine under which a server runs."""

    name: str
    uid: int
    gid: int


def service_account(existing_data: Path | None = None) -> Account | None:
    """Return the account servers run as: None when we are not root and simply run them.

    Data that already belongs to someone keeps its owner. Otherwise a system user `fairlead` is
    used, and created when missing. Raises Unavailable when no suitable user can be had.
    """
    if os.geteuid() != 0:
        return None
    if existing_data is not None and existing_data.exists():
        owner = existing_data.stat().st_uid
        if owner != 0:
            with contextlib.suppress(KeyError):
                return _account(pwd.getpwuid(owner))
    with contextlib.suppress(KeyError):
        return _account(pwd.getpwnam(ACCOUNT_NAME))
    for command in _CREATE_COMMANDS:
        if shutil.which(command[0]):
            subprocess.run(command, check=False, capture_output=True, timeout=30)
            with contextlib.suppress(KeyError):
                return _account(pwd.getpwnam(ACCOUNT_NAME))
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return _account(pwd.getpwnam(name))
    raise Unavailable(
        "PostgreSQL refuses to run as root, and no system user could be created for it.",
        action=f"Create one (`useradd --system {ACCOUNT_NAME}`), start as another user, or set "
        "DATABASE_URL.",
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def start_process(
    command: Sequence[str],
    account: Account | None,
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.STDOUT,
    environment: Mapping[str, str] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start `command` as `account`, in a session of its own, with a nearly empty environment."""
    plain = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    return subprocess.Popen(
        list(command),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd="/",
        env=plain | dict(environment or {}),
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        umask=0o077,
    )


def can_reach(path: Path, account: Account | None) -> bool:
    """Tell whether `account` can enter (a folder) or execute (a file) `path`."""
    if account is None:
        return os.access(path, os.X_OK)
    probe = start_process(["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)], account)
    probe.communicate(timeout=10)
    return probe.returncode == 0


def reachable_home(data_dir: Path, account: Account | None) -> Path:
    """Return a folder for a server's files that `account` can reach.

    That is `data_dir` itself wherever possible; if need be it is opened for entering, not for
    listing. A data folder below a closed one (such as /root) keeps its servers' files in a
    folder of their own under /var/lib/fairlead, named in the file `servers.location`. Raises
    InvalidInput when that cannot be written either.
    """
    if account is None:
        return data_dir
    pointer = data_dir / "servers.location"
    if pointer.exists():
        return _kept_home(pointer, account)
    if can_reach(data_dir, account) or _opened(data_dir, account):
        return data_dir
    home = CLOSED_FOLDER_HOME / f"data-{secrets.token_hex(4)}"
    try:
        home.mkdir(parents=True, mode=0o755)
        for folder in (CLOSED_FOLDER_HOME, home):
            folder.chmod(0o755)
        pointer.write_text(f"{home}\n")
    except OSError as error:
        raise as_file_error(error, home) from error
    if can_reach(home, account):
        return home
    raise InvalidInput(
        f"User {account.name}, under whom PostgreSQL runs, can reach neither {data_dir} nor "
        f"{home}.",
        action="Choose a data folder whose parents anyone may enter: --data /srv/fairlead.",
    )


def _kept_home(pointer: Path, account: Account) -> Path:
    kept = Path(pointer.read_text().strip())
    if can_reach(kept, account):
        return kept
    raise InvalidInput(
        f"{pointer} says that the database lives in {kept}, which user {account.name} cannot "
        "reach.",
        action="Bring that folder back from a backup, or choose another data folder.",
    )


def _opened(data_dir: Path, account: Account) -> bool:
    """Let others enter our own data folder if that is all it takes; its files stay private."""
    before = data_dir.stat().st_mode & 0o777
    data_dir.chmod(before | 0o011)
    if can_reach(data_dir, account):
        return True
    data_dir.chmod(before)
    return False


def reachable_software(
    package: Path, siblings: Sequence[Path], account: Account | None, version: str
) -> Path:
    """Return `package` (a folder of programs), or a copy of it that `account` can reach.

    `siblings` are folders beside it that its programs load libraries from.
    """
    if account is None or can_reach(package, account):
        return package
    target = CLOSED_FOLDER_HOME / f"{package.name}-{version}"
    if (target / package.name).exists():
        return target / package.name
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        for folder in (package, *siblings):
            shutil.copytree(folder, partial / folder.name, symlinks=True)
        for folder in (CLOSED_FOLDER_HOME, partial):
            folder.chmod(0o755)
        with contextlib.suppress(FileExistsError):
            partial.rename(target)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise as_file_error(error, target) from error
    return target / package.name
