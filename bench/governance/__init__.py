"""Measures controls: evaluations a second, and moves with 20 of them on against none."""
