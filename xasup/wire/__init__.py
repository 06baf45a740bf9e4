"""Ports and their adapters: the only network and storage imports of the project."""
