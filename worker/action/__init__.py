"""Action: carries requested actions out on the platforms, and finds out whether it worked."""
