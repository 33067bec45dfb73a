"""Course files become values, and every rule a course is held to: `medai check` behind the scenes."""
