"""The admin commands: `xasup users|devices|contacts|groups`, against the truth of a running backend.

One file for each group of commands, one (`desk`) for what they share. What they do is in contacts/operations.
"""
