"""All routes of live trading together."""

from fastapi import APIRouter

from fairlead.live.routes.dashboard import dashboard
from fairlead.live.routes.kill import kill
from fairlead.live.routes.orders import orders
from fairlead.live.routes.subscriptions import connections, subscriptions

router = APIRouter()
for part in (connections, subscriptions, orders, kill, dashboard):
    router.include_router(part)
