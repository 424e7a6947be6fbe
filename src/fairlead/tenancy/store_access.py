"""SQL of access control: how a transaction is narrowed further than to its tenant."""

from sqlalchemy import Connection, text


def make_read_only(connection: Connection) -> None:
    """Let this transaction read and nothing else, whatever its code tries."""
    connection.execute(text("SET TRANSACTION READ ONLY"))
