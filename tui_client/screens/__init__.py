"""What lies over the conversation for a while, a file each: a command awaits one with `Desk.show`."""
