"""Act T4 of `xasup chaos`: disks that give back another bit than they got, or less, or that are full."""
