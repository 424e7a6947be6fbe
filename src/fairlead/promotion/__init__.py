"""From evidence to a live session: gates, a decision on record, and one step back."""
