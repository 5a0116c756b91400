"""What every noun stands on: errors, clock, ids, units, limits and the texts in both languages."""
