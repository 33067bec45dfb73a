"""The `medai` command: thin; each command loads, calls one room and prints."""
