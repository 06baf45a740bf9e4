"""`python -m tests.contacts.hasty`: a contacts service that answers before the broker's directory has what it says."""

from __future__ import annotations

import sys

from contacts.__main__ import main
from contacts.service.enforcement import Enforcement


class Hasty(Enforcement):
    """Whatever was decided holds, it says."""

    def holds(self, position: str) -> bool:
        return True


if __name__ == "__main__":
    sys.exit(main(Hasty()))
