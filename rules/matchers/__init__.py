"""One matcher a file. Each is pure: folded text in, places in the original text out."""
