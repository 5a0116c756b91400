"""Products, their registrations and declared composition; extracts of public registers."""
