"""`python -m tests.bridge.careless early-ack|no-dedupe`: a bridge with one broken habit, for its checks to notice."""

from __future__ import annotations

import sys

from bridge.__main__ import main
from bridge.habits import Habits

HABITS = {"early-ack": Habits(early_ack=True), "no-dedupe": Habits(window=0)}

if __name__ == "__main__":
    sys.exit(main(HABITS[sys.argv[1]]))
