"""The terminal client in lines, for screen readers and dumb terminals: the same view, keeper and table of commands.

Refuses to know Textual, colours, and where on a screen something stands.
"""
