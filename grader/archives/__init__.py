"""ZIP archives from strangers: checked whole, unpacked in memory, never written. Pure."""
