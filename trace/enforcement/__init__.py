"""What follows from what is found: who is told, and leads for those who enforce (检打联动)."""
