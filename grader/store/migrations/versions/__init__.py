"""One script per version of the tables, in order; written by tools/migration.py and read by a person."""
