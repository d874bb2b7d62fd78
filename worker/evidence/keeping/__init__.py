"""What becomes of evidence after it is sealed: its custody, holds on it, and its end when its time is up."""
