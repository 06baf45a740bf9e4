"""The terminal client: draws what an engine tells and carries out what a person types.

Refuses to know: networks, files, topics, how the engine keeps its promises. Whoever starts it hands the engine in.
"""
