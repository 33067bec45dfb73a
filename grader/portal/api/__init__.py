"""The HTTP API, versioned. Knows HTTP and JSON; what it does is done by the store and `hand_in`."""
