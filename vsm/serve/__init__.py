"""Boards served to people elsewhere: the keys that let them in, and checks of the set-up."""
