"""What the parts owe each other, as pure functions and values.

Refuses to know: sockets, files, clocks, dice, the environment. Every name that crosses a process (a
topic, a directory key, a field of a payload) is spelled in exactly one file of this room.
"""
