"""What helps to find people, messages and days: pure values and functions. Refuses to know widgets and engines."""
