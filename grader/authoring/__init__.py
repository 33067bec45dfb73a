"""Sheets to notebooks: reading and writing sheets, building releases, testing the tests. Pure."""
