"""Every router of the API, by name; a slice's routes exist when they stand here."""

from fastapi import APIRouter

from fairlead.api import admin, autobuild_socket, events, health
from fairlead.live.routes import router as live
from fairlead.market import routes as market
from fairlead.market import routes_feeds, routes_fetches
from fairlead.promotion import routes as promotion
from fairlead.research import routes as research
from fairlead.research import routes_trials as trials
from fairlead.research.autobuild import routes as autobuild
from fairlead.research.portfolio import routes as portfolio_backtests
from fairlead.research.proof import routes as proofs
from fairlead.strategies import routes as strategies
from fairlead.strategies.portfolios import routes as portfolios
from fairlead.tenancy import routes as auth
from fairlead.tenancy import routes_admin, routes_keys

PREFIX = "/api/v1"

API_ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    routes_keys.router,
    routes_admin.router,
    admin.router,
    events.router,
    market.router,
    routes_feeds.router,
    routes_fetches.router,
    strategies.router,
    portfolios.router,
    portfolio_backtests.router,
    research.router,
    trials.router,
    autobuild.router,
    proofs.router,
    live.router,
    promotion.router,
)
# Served at the root as well as below the prefix: load balancers know them there.
ROOT_ROUTERS: tuple[APIRouter, ...] = (health.router,)
SOCKET_ROUTERS: tuple[APIRouter, ...] = (events.sockets, autobuild_socket.sockets)
