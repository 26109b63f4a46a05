"""Standards that streams adopt: how far a stream has drifted from one, and the price of that."""
