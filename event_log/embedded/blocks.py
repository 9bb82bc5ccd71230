"""A block: records of one partition that were committed together, as columns."""

import msgspec


class Block(msgspec.Struct, array_like=True):
    """Keys, values and clients of consecutive offsets."""

    keys: list[bytes]
    values: list[bytes]
    clients: list[bytes]


class Readable(msgspec.Struct, array_like=True):
    """The same bytes with the keys left undecoded: who reads the log has no use for them."""

    keys: msgspec.Raw
    values: list[bytes]
    clients: list[bytes]


encoded = msgspec.msgpack.Encoder().encode
decoded = msgspec.msgpack.Decoder(Block).decode
readable = msgspec.msgpack.Decoder(Readable).decode
