"""Migrations of the database, linear, one per slice and change."""
