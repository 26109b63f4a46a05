"""Screens: take from ``vsm.reader``, hand to widgets, turn what people want into commands."""
