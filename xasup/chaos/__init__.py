"""Faults injected into a real backend under load, and one check of what its promises came to. Above all other rooms."""
