"""Tests of portfolios in research."""
