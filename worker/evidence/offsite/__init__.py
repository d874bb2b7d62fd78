"""Copies of sealed core evidence in storage elsewhere, under Object Lock."""
