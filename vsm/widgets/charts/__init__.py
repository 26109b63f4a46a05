"""Charts drawn in cells: each is data, places for a cursor, and a pure function to strips."""
