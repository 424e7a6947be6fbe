"""Tests of providers of past candles, each against a local upstream."""
