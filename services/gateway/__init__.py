"""One origin before many processes: each call goes to an instance of its service, what concerns all is asked of all and merged."""
