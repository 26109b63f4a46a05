"""Forecasts: how many items by when, when each is done, and whether such forecasts came true."""
