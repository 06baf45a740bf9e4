"""The command line: one command, `xasup`. The only room that may import all others; composes, decides nothing."""
