"""What a town tells its residents: notices, stops, pages, and what surrounds every page."""
