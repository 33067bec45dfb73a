"""How the tables grow: Alembic's environment and one script per version. Knows table changes only."""
