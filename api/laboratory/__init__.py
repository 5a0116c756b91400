"""Laboratory results by file: one row for each item, many samples in one CSV or XLSX, taken whole or not at all."""
