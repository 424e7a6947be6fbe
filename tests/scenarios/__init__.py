"""Stories told over HTTP."""
