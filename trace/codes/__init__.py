"""Trace codes: computed from a key, never stored; imported ones stored; both resolved through one door."""
