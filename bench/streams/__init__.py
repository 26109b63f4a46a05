"""Simulated value streams whose constraint is known, to hold the search for it against."""
