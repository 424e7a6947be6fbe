"""People who are signed in to the real application, and definitions to work with."""

from tests.api.conftest import app, client, clock, context, sign_in

__all__ = ["app", "client", "clock", "context", "sign_in"]
