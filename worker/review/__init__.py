"""Review: cases are opened, put in order, claimed and decided by people."""
