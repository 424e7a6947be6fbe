"""Kinds of error a caller can tell apart; each says what was expected, found, and what to do.

FairleadError
├── InvalidInput       what was given cannot be used as it is
├── NotFound           the named thing is not there, or not visible to this principal
├── Conflict           the request contradicts what is stored
│   └── StaleVersion   someone else changed it since it was read
├── Unauthenticated    nobody is signed in, or the credentials are wrong
├── Forbidden          the principal may not do this
├── RateLimited        too often; carries `retry_after_s`
├── Unavailable        a part we depend on does not answer now; trying again later may work
├── StorageFull        a disk is full; nothing was written
└── InternalDefect     our own invariant is broken; a defect of the product, never of the input
"""


class FairleadError(Exception):
    """Carry one sentence for people and the parts from which a client can act.

    `expected` and `found` describe the mismatch, `action` says what the user can do next, and
    `path` points to the offending place (`/entry/0/left`, `line 12`).
    """

    def __init__(
        self,
        message: str,
        *,
        expected: str | None = None,
        found: str | None = None,
        action: str | None = None,
        path: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.found = found
        self.action = action
        self.path = path


class InvalidInput(FairleadError):
    """Say that what was given cannot be used as it is."""


class NotFound(FairleadError):
    """Say that the named thing is not there, or not visible to this principal."""


class Conflict(FairleadError):
    """Say that the request contradicts what is stored."""


class StaleVersion(Conflict):
    """Say that the thing was changed by someone else since it was read."""


class Unauthenticated(FairleadError):
    """Say that nobody is signed in, or that the credentials are wrong."""


class Forbidden(FairleadError):
    """Say that the principal may not do this."""


class RateLimited(FairleadError):
    """Say that this was asked too often, and when it may be asked again."""

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float,
        expected: str | None = None,
        found: str | None = None,
        action: str | None = None,
        path: str | None = None,
    ) -> None:
        super().__init__(message, expected=expected, found=found, action=action, path=path)
        self.retry_after_s = retry_after_s


class Unavailable(FairleadError):
    """Say that a part we depend on does not answer now."""


class StorageFull(FairleadError):
    """Say that a disk is full and that nothing was written."""


class InternalDefect(FairleadError):
    """Say that an invariant of ours is broken; always worth a report."""
