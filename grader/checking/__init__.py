"""Two-process grading: a learner process answers, a checker process judges; standard library only."""
