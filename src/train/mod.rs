//! Training loops, losses, schedules, checkpoints.
