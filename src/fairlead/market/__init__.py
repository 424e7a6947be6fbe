"""Market data: instruments, calendars, the candle lake, feeds and the nexus."""
