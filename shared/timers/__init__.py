"""Timers say when to look again; what is due then is decided from the events, never from the timer."""
