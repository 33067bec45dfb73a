"""Pages, one module per kind of user. Each route names the permission it needs."""
