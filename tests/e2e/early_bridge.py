"""`python -m tests.e2e.early_bridge`: a bridge with the worst of habits, for the proof that it would be noticed."""

import sys

from bridge.__main__ import main
from bridge.habits import Habits

if __name__ == "__main__":
    sys.exit(main(Habits(early_ack=True)))
