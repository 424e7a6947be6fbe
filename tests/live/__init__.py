"""Tests of live trading on real PostgreSQL."""
