"""Dependencies between items and teams: who holds up whom, and what that costs."""
