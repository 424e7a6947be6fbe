"""The web pages: files of the built page folder, and its index for every other address."""

from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Addresses that belong to programs; a wrong one must never look like a page.
NOT_PAGES = ("api", "ws", "health", "metrics")
_MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Fairlead</title>
<p>The platform runs, but its pages are not built. Run <code>make install</code>, then reload.</p>
"""


class WebPages(StaticFiles):
    """Serve files by name; serve the index for addresses that the page itself understands."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._index = folder / "index.html"
        # A missing folder is answered in words below, not by an error at the first request.
        self.config_checked = True

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, the index, or a 404 for what is neither."""
        if path.split("/", 1)[0] in NOT_PAGES or scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(404)
        if not self._index.is_file():
            return HTMLResponse(_MISSING, status_code=503)
        try:
            response = await super().get_response(path, scope)
        except HTTPException:
            # Only a visit asks for a page; a missing script or picture stays missing.
            asks_for_page = "text/html" in Headers(scope=scope).get("accept", "")
            if path != "." and not asks_for_page:
                raise
            response = FileResponse(self._index)
        # Vite puts a hash of the content into the names below assets/.
        hashed = path.startswith("assets/")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if hashed else "no-cache"
        )
        return response
