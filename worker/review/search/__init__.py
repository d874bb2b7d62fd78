"""Search over comments and cases: by their words, by who wrote them, by what was found and decided."""
