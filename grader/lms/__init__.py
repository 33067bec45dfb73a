"""Other learning platforms: their downloads become incoming work; grades go into their own files."""
