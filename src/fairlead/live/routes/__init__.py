"""HTTP of live trading, one file for each kind of resource."""
