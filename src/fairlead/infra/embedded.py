"""The embedded servers under one name: what `fairlead up` and the tests start."""

from fairlead.infra.postgres_server import EmbeddedPostgres
from fairlead.infra.valkey_server import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey"]
