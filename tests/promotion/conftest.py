"""People who are signed in to the real application."""

from tests.api.conftest import app, client, clock, context, sign_in, trader

__all__ = ["app", "client", "clock", "context", "sign_in", "trader"]
