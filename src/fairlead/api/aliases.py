"""Other addresses under which sources know our routes; each only points to the real one."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from fairlead.api.routers import PREFIX

router = APIRouter()


@router.post("/api/auth/register")
@router.post("/api/auth/login")
@router.post("/api/auth/logout")
@router.get("/api/auth/me")
def auth(request: Request) -> RedirectResponse:
    """Point to the same words below /api/v1; 308 keeps method and body."""
    return RedirectResponse(PREFIX + request.url.path.removeprefix("/api"), status_code=308)
