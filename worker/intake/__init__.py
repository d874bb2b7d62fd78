"""Intake: pages of comments in; revisions, verdicts and cases out. Nothing polled is lost."""
