"""JSON, by noun. A route reads a form, runs one use case, and returns what it gave."""
