"""One folder for each venue; none knows another."""
