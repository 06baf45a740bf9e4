"""Preferences as a JSON object and back. Pure. What is missing, or of another kind, is as usual."""

from __future__ import annotations

from dataclasses import asdict, fields

from xasup.client.values import Preferences
from xasup.protocol import codec


def write(preferences: Preferences) -> bytes:
    """Raises Malformed."""
    return codec.encode(asdict(preferences))


def read(payload: bytes) -> Preferences:
    """Raises Malformed."""
    found, usual = codec.decode_object(payload), Preferences()
    names = [field.name for field in fields(Preferences)]
    known = {name: found[name] for name in names if isinstance(found.get(name), type(getattr(usual, name)))}
    return Preferences(**known)
