"""Where orders go: the port every venue answers to, and the venues."""
