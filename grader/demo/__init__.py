"""A fictional cohort that plays the whole loop, so that anyone can watch it work."""
