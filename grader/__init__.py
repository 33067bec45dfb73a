"""Course plugin and grader for medical-AI training; rooms and their levels are in CONTRIBUTING.md."""
