"""Spot checks: samples, findings, their states, and results published elsewhere."""
