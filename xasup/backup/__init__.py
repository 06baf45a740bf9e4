"""A running backend in one file, and back. Refuses to know: who asks, and where files are kept."""
