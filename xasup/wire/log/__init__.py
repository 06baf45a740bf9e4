"""The log: what must never be lost, in order, to be read again. A port; memory, Redis Streams, Kafka."""
