"""Where prices come from: a port, a catalog, and one file for each kind of feed."""
