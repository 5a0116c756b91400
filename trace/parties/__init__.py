"""Organisations, licences, regions, and access keys."""
