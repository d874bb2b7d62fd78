"""Running what the outbox holds: broker, actors, sweep, schedule."""
