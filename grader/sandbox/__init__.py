"""Runs learners' code behind walls: one job in, one outcome out."""
