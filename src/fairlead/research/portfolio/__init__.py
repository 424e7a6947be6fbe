"""Legs put together: their weights, and one shared account that trades all of them."""
