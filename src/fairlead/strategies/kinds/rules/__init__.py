"""Strategies written as data: indicators, conditions, filters, exits and sizing."""
