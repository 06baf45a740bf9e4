"""The plugin that says yes to everything, for negative controls."""

from tests.broker.conftest import always_yes

__all__ = ["always_yes"]
