"""The protocol as an AsyncAPI 3 document: from the tables and models of xasup.protocol, for tools and for reading.

What those do not say (the fields of events and answers) is spelled here, and tests hold it against what is really sent.
"""

from xasup.asyncapi.document import document

__all__ = ["document"]
