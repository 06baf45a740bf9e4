"""What a person can tell the screen to do: one table of commands (table.py), and what each does."""
