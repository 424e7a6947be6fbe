"""Portfolios of weighted legs, as tenants store them."""
