"""A report as JSON, CSV and a page that needs nothing else."""
