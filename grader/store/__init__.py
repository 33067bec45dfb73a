"""The store: people, releases, submissions, receipts, marks; in SQLite or PostgreSQL, with blobs beside it.

May know SQL and files; must not know pages, HTTP, notebooks' insides or how grading works.
"""
