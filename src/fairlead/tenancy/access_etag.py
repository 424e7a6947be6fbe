"""Edits that say which revision they are based on: ETag when read, If-Match when written."""

from typing import Annotated

from fastapi import Depends, Request, Response

from fairlead.infra.errors import InvalidInput, StaleVersion


def expected_revision(request: Request) -> int:
    """Read the revision an edit is based on from If-Match; raise InvalidInput without one."""
    tag = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdigit() and len(tag) < 10):
        raise InvalidInput(
            "An edit must say which version it is based on.",
            expected='the ETag of the last read in If-Match, such as "3"',
            found=request.headers.get("if-match", "no If-Match header")[:50],
            action="Read the resource again and send its ETag.",
            path="If-Match",
        )
    return int(tag)


ExpectedRevision = Annotated[int, Depends(expected_revision)]


def put_etag(response: Response, revision: int) -> None:
    """Tell the client which revision it has read."""
    response.headers["ETag"] = f'"{revision}"'


def stale(expected: int) -> StaleVersion:
    """Return the error for an edit based on an older revision."""
    return StaleVersion(
        "Someone changed this since you read it.",
        expected=f"the current revision, you sent {expected}",
        action="Read it again, look at the change, and repeat your edit.",
    )
