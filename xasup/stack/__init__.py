"""The whole backend of one machine: its parts in the order in which they need each other, and what they need first."""

from xasup.stack.apart import LogKind, apart
from xasup.stack.detours import Detours, KafkaDetour
from xasup.stack.front import front
from xasup.stack.provision import provision, write_secret
from xasup.stack.stack import Say, environment_of, python, redis_of, stack

__all__ = [
    "Detours",
    "KafkaDetour",
    "LogKind",
    "Say",
    "apart",
    "environment_of",
    "front",
    "provision",
    "python",
    "redis_of",
    "stack",
    "write_secret",
]
