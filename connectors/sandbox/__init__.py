"""Simulated platforms: real HTTP servers on loopback for the demo, the tests and for training staff."""
