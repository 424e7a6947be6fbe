"""Bybit v5 as its clients speak it."""
