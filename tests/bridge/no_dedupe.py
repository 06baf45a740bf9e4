"""`python -m tests.bridge.no_dedupe`: a bridge that does not recognise what comes again."""

from __future__ import annotations

import sys

from bridge.__main__ import main
from bridge.habits import Habits

if __name__ == "__main__":
    sys.exit(main(Habits(window=0)))
