"""The contact-authorization service: who may write to whom, which devices and groups there are. Never enforces it."""
