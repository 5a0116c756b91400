"""What callers send, by noun: checked for shape here, for meaning in the domain. Shared by routes, pages and files."""
