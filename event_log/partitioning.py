"""Which partition a key belongs to, the same on every log and in every version."""

from zlib import crc32


def partition_of(key: bytes, partitions: int) -> int:
    """CRC-32 of the key modulo the number of partitions: what librdkafka's partitioner `consistent` does."""
    return crc32(key) % partitions
