"""The conservation law, checked on what was really kept: every message once, every receipt founded, nobody unasked."""
