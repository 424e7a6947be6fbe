"""One path from a trading idea to live orders."""
