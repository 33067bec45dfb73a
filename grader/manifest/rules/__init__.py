"""The rules across files, one small module per theme; `check.RULES` lists them."""
