"""Weekly summaries and the present state: what happened, what did not, and who must do something now."""
