"""Signing in to the review site: ways in, second factors, sessions, lock-outs, preferences."""
