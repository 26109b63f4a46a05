"""Screens: take from ``vsm.read``, hand to widgets, turn what people want into commands."""
