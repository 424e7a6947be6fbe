"""Tests of stored portfolios."""
