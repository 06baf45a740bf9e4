"""Log → mailboxes: keeps what everybody wrote and received, and answers what a device missed."""
