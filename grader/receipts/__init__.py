"""Receipts: signed proof that work arrived, and how anybody checks it. Pure; needs no portal."""
