"""Strategies, their versions and kinds, and the one way to run them."""
