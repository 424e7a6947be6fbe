"""Strategies that look ahead, and strategies that only seem to."""
