"""What does an auditor take along of a case, and how can a stranger check it? The packet, and the proof in it (decision 0017)."""
