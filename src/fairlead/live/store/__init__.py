"""All SQL of the live slice, one file for each thing that is stored."""
