"""What runs behind the walls: standard library and IPython only, never the rest of the grader."""
