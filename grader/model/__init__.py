"""The nouns: frozen, validated values that travel between rooms. No I/O, no clock, no framework."""
