"""How are people told? What is to be told follows from events; a sender hands it over, and each attempt is on record."""
