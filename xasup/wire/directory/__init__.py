"""The directory on disk: LMDB files in generations, written by one projector, read by the broker's plugin and by us."""

from xasup.wire.directory.reader import DirectoryReader
from xasup.wire.directory.writer import DirectoryWriter

__all__ = ["DirectoryReader", "DirectoryWriter"]
