"""How fast: each bench measures ours and a peer in turn within one run (`xasup bench NAME`)."""
