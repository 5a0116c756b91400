"""The answer: facts gathered in one read, a pure verdict, and the record of scans."""
