"""`python -m tests.contacts.gullible`: a contacts service that believes at once whatever its clock says."""

from __future__ import annotations

import sys
import time

from contacts.__main__ import main

if __name__ == "__main__":
    sys.exit(main(now=lambda: time.time_ns() // 1_000_000))
