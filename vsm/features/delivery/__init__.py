"""Delivery of a service: DORA's five measures of 2026, each with what is behind it."""
