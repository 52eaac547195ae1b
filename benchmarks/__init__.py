"""What is measured, each beside its floor in the same run; `make bench`, or `make bench ONLY=append`."""
