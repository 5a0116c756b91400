"""The database: column types, engines, the unit of work, hot queries and migrations. Knows no noun."""
