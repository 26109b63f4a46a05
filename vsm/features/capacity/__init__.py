"""Capacity of teams: load, expected wait, the week of saturation, and whether to pivot or hire."""
