"""Outside world: settings, clock, ids, errors, database, outbox, queue, bus, embedded servers."""
