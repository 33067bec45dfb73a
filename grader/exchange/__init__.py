"""The exchange: nbgrader's eight exchange classes over the portal's API, with a spool on disk.

May know nbgrader's plug points, HTTP and local files; must not know the store, grading or the portal's
insides. It runs on trainees' own machines, so it keeps to what Linux, macOS and Windows have in common.
"""
