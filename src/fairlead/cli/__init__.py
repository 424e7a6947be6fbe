"""The command line: starts the platform and talks to people."""
