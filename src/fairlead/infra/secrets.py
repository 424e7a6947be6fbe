"""Random secrets of a data folder: made once, readable by its owner only."""

import fcntl
import hashlib
import hmac
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from fairlead.infra.errors import InvalidInput, StorageFull
from fairlead.infra.ids import random_secret

MIN_SECRET_CHARS = 32
_DEFAULTS = frozenset(
    {"secret", "changeme", "change-me", "change_me", "password", "default", "development"}
)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The two secrets from which a deployment derives all others."""

    secret_key: str
    jwt_secret: str


def is_default_secret(secret: str) -> bool:
    """Tell whether `secret` is empty, short, well known, or made of a few characters."""
    lowered = secret.strip().lower()
    known = any(lowered.startswith(word) for word in _DEFAULTS)
    return len(secret) < MIN_SECRET_CHARS or known or len(set(secret)) < 8


def derive(secret: str, purpose: str) -> str:
    """Derive a password for one purpose from `secret` (HMAC-SHA-256, hexadecimal)."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def make_private_dir(folder: Path) -> None:
    """Make `folder` and its parents; raise a clear error when that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise as_file_error(error, folder) from error


def as_file_error(error: OSError, path: Path) -> InvalidInput | StorageFull:
    """Turn an operating-system error about `path` into one a person can act on."""
    if error.errno in (28, 122):  # ENOSPC, EDQUOT
        return StorageFull(
            f"The disk that holds {path} is full.", action="Free some space and try again."
        )
    return InvalidInput(
        f"{path} cannot be written: {error.strerror or error}.",
        action="Choose another data folder with --data or FAIRLEAD_DATA, or correct its rights.",
    )


def write_private(path: Path, content: str) -> None:
    """Write a file only its owner can read, whole or not at all.

    Root writes it for whoever owns the folder, so that this user can still start afterwards.
    """
    partial = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            if os.geteuid() == 0:
                owner = path.parent.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise as_file_error(error, path) from error


def load_or_create_secrets(data_dir: Path) -> Secrets:
    """Return the secrets kept in `data_dir`, made at first use; safe when several start at once."""
    make_private_dir(data_dir)
    path = data_dir / "secrets.json"
    try:
        lock = (data_dir / "secrets.lock").open("w")
    except OSError as error:
        raise as_file_error(error, data_dir) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            return _read(path)
        secrets = Secrets(random_secret(), random_secret())
        write_private(path, json.dumps(asdict(secrets), indent=1))
        return secrets


def _read(path: Path) -> Secrets:
    try:
        content = json.loads(path.read_text())
        return Secrets(str(content["secret_key"]), str(content["jwt_secret"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{path} does not hold this data folder's secrets: {error}.",
            action="Restore that file from a backup; without it stored credentials are lost.",
        ) from error
