"""HTTP and WebSocket: the one place where requests become calls and errors become problems."""
