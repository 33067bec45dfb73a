"""From handed-in files to gradebook, feedback and grades on an nbgrader course directory."""
