"""Real PostgreSQL and Redis for tests: found where they run, or started here and stopped again by pid.

Nothing that belongs to somebody else is changed: databases and roles have random names and are dropped by
those names, and only a Redis started here, or a logical database found empty and claimed, is ever emptied.
"""
