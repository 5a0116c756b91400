"""Simulated packs, honest and not, with the truth known: what the detector finds, and how often it is wrong."""
