"""What trading costs beside the price: charges, fees and funding, as dated data."""
