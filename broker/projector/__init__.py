"""Follows the truth's stream of changes into the directory that the broker reads. Decides nothing."""
