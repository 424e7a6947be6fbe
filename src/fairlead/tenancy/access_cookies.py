"""Cookies of a session: their names, their attributes, and which origins may send them."""

from urllib.parse import urlsplit

from fastapi import Response
from starlette.requests import HTTPConnection

from fairlead.infra.errors import Forbidden
from fairlead.infra.settings import Settings
from fairlead.tenancy.model import ACCESS_TOKEN_S, REFRESH_TOKEN_S
from fairlead.tenancy.sessions import SignedIn

# Readable by the page, which sends it back as X-CSRF-Token. It is bound to the session by its
# content, so it needs no name prefix to be safe against one planted by a sibling host.
CSRF_COOKIE = "fairlead_csrf"
_ACCESS = "fairlead_access"
_REFRESH = "fairlead_refresh"


def is_secure(connection: HTTPConnection, settings: Settings) -> bool:
    """Say whether cookies are bound to HTTPS: the one place that decides it.

    Always in production; in development when the request itself came over HTTPS.
    """
    return settings.environment == "production" or connection.url.scheme in ("https", "wss")


def access_cookie(connection: HTTPConnection, settings: Settings) -> str | None:
    """Return the access token the browser sent, if any."""
    return connection.cookies.get(_named(_ACCESS, is_secure(connection, settings)))


def refresh_cookie(connection: HTTPConnection, settings: Settings) -> str | None:
    """Return the refresh token the browser sent, if any."""
    return connection.cookies.get(_named(_REFRESH, is_secure(connection, settings)))


def put_cookies(
    response: Response, connection: HTTPConnection, settings: Settings, signed_in: SignedIn
) -> None:
    """Give the browser the tokens of a session; scripts can read only the CSRF token."""
    secure = is_secure(connection, settings)
    _put(response, _named(_ACCESS, secure), signed_in.access_token, ACCESS_TOKEN_S, secure)
    _put(response, _named(_REFRESH, secure), signed_in.refresh_token, REFRESH_TOKEN_S, secure)
    response.set_cookie(
        CSRF_COOKIE,
        signed_in.csrf_token,
        max_age=REFRESH_TOKEN_S,
        path="/",
        secure=secure,
        httponly=False,
        samesite="strict",
    )


def drop_cookies(response: Response, connection: HTTPConnection, settings: Settings) -> None:
    """Make the browser forget a session."""
    secure = is_secure(connection, settings)
    for name in (_named(_ACCESS, secure), _named(_REFRESH, secure)):
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    response.delete_cookie(CSRF_COOKIE, path="/", secure=secure, samesite="strict")


def check_origin(connection: HTTPConnection, settings: Settings) -> None:
    """Raise Forbidden when a browser sends this on behalf of another site.

    Programs send neither Origin nor Sec-Fetch-Site and pass: they carry no ambient cookies.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        site = connection.headers.get("sec-fetch-site", "none")
        allowed = site in ("same-origin", "none")
    else:
        allowed = is_own_origin(origin, connection, settings)
    if not allowed:
        raise Forbidden(
            "This request comes from another site.",
            expected="a page of this platform",
            found=(origin or "a cross-site request")[:200],
            action="Open the platform by the address in its settings (FAIRLEAD_PUBLIC_URL).",
        )


def is_own_origin(origin: str, connection: HTTPConnection, settings: Settings) -> bool:
    """Say whether `origin` is this platform's: the public address, else the requested host."""
    sent = urlsplit(origin)
    if settings.public_url is not None:
        public = urlsplit(settings.public_url)
        if (sent.scheme, sent.netloc) == (public.scheme, public.netloc):
            return True
        if settings.environment == "production":
            return False
    return sent.scheme in ("http", "https") and sent.netloc == connection.headers.get("host")


def _named(name: str, secure: bool) -> str:
    return f"__Host-{name}" if secure else name


def _put(response: Response, name: str, value: str, max_age_s: int, secure: bool) -> None:
    response.set_cookie(
        name, value, max_age=max_age_s, path="/", secure=secure, httponly=True, samesite="lax"
    )
