"""What does an operator see? Health, readiness, lag, parked events, metrics; for one service or for all of one process."""
