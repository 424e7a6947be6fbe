"""Passwords: which are refused, how they are stored, and how they are compared.

Stored as argon2id with the second recommended parameters of RFC 9106 section 4: three passes
over 64 MiB with four lanes. At most four are computed at once per process (256 MiB); further
callers wait their turn.
"""

import re
import threading
from functools import cache
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fairlead.infra.errors import InvalidInput

MIN_LENGTH = 12
MAX_LENGTH = 256
MIN_DISTINCT = 5
# Argon2 takes any length, but hashing megabytes of "password" would be a gift to attackers.

_hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4, hash_len=32, salt_len=16)
_turns = threading.BoundedSemaphore(4)
_LEET = str.maketrans("01345789@$!|+", "oleastbgasiit")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)


def hash_password(password: str) -> str:
    """Return the argon2id string of `password`, with its own salt and parameters inside."""
    with _turns:
        return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Compare in constant work: a missing hash costs the same time as a wrong password."""
    with _turns:
        try:
            _hasher.verify(stored or _decoy(), password)
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Say whether `stored` was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def check_password(password: str, *, email: str, name: str) -> None:
    """Raise InvalidInput for a password that is too short, too long, known or guessable.

    Known means: in the bundled list of passwords that appear in published breaches, also when
    digits, symbols or look-alike letters were put around or into it.
    """
    problem = _problem_of(password, email, name)
    if problem:
        raise InvalidInput(
            f"This password is refused: {problem}.",
            expected=f"{MIN_LENGTH} to {MAX_LENGTH} characters that nobody would try first",
            action="Choose several unrelated words, or let a password manager make one.",
            path="/password",
        )


def _problem_of(password: str, email: str, name: str) -> str | None:
    if len(password) < MIN_LENGTH:
        return f"it has {len(password)} characters, at least {MIN_LENGTH} are needed"
    if len(password) > MAX_LENGTH:
        return f"it has {len(password)} characters, at most {MAX_LENGTH} are possible"
    if len(set(password.casefold())) < MIN_DISTINCT:
        return f"it uses fewer than {MIN_DISTINCT} different characters"
    if any(form in _known() for form in _forms(password)):
        return "it is in published lists of stolen passwords"
    if _is_walk(password.casefold()):
        return "it is a run of neighbouring keys, letters or digits"
    return _personal_part(password.casefold(), email.casefold(), name.casefold())


def _personal_part(password: str, email: str, name: str) -> str | None:
    words = {email, email.rpartition("@")[0], name.replace(" ", ""), "fairlead"}
    for word in words:
        rest = len(password.replace(word, "", 1)) if len(word) >= 4 else len(password)
        if rest < len(password) and rest < 8:
            return "it is little more than your name, your address or the name of this service"
    return None


def _forms(password: str) -> set[str]:
    """Return the spellings under which a password may stand in the list."""
    lowered = password.casefold()
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lowered)
    letters = lowered.translate(_LEET)
    stripped = re.sub(r"[^a-z]", "", bare.translate(_LEET))
    return {lowered, bare, letters, stripped, _unrepeated(lowered), _unrepeated(stripped)} - {""}


def _unrepeated(text: str) -> str:
    """Return the shortest piece that `text` repeats (`abcabc` gives `abc`)."""
    index = (text + text).find(text, 1)
    return text[:index] if 0 < index < len(text) else text


def _is_walk(text: str) -> bool:
    """Say whether all but a few characters lie in runs of four along a row of keys."""
    covered = [False] * len(text)
    for start in range(len(text) - 3):
        piece = text[start : start + 4]
        if any(piece in row or piece in row[::-1] for row in _ROWS):
            covered[start : start + 4] = [True] * 4
    return len(text) - sum(covered) <= 3


@cache
def _known() -> frozenset[str]:
    listed = resources.files("fairlead.tenancy").joinpath("known_passwords.txt").read_text()
    return frozenset(line for line in listed.split() if line)


@cache
def _decoy() -> str:
    return _hasher.hash("no account has this password")
