"""Tables, sessions and migrations: the truth of everything that Upstander knows."""
