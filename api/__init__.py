"""HTTP, pages and the command line: the only place that knows requests, status codes and accounts on the wire."""
