"""All streams at a glance: one row of figures each."""
