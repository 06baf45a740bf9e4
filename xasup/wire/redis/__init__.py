"""How we speak to Redis: one connection, shared by whatever is kept there (the truth, the log)."""
