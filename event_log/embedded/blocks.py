"""A block: records of one partition that were committed together, as columns."""

import msgspec


class Block(msgspec.Struct, array_like=True):
    """Keys, values and clients of consecutive offsets."""

    keys: list[bytes]
    values: list[bytes]
    clients: list[bytes]


encoded = msgspec.msgpack.Encoder().encode
decoded = msgspec.msgpack.Decoder(Block).decode
