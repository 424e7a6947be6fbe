"""Tests of what trading costs beside the price."""
