"""The test venue: speaks real protocols on a clock of its own, and misbehaves on order."""
