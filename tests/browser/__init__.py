"""Stories of people in a real browser against a running platform."""
