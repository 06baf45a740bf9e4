"""A second opinion of the broker's rights, written from the design, and a real broker held against it."""
