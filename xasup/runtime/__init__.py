"""What every process of the backend shares: settings, supervision, readiness, logs. Refuses to know what they do."""
