"""Settings of the log."""

from pydantic import BaseModel, Field

MEBIBYTE = 2**20


class LogOptions(BaseModel, frozen=True, extra="forbid"):
    """Where the log is and what bounds it."""

    log_url: str = Field(
        default="sqlite:///data/log.db",
        description="The log: sqlite:///PATH (embedded; four slashes before an absolute path) or "
        "kafka://HOST:PORT,HOST:PORT?topic_prefix=X, further librdkafka settings by name in the query.",
    )
    partitions: int = Field(
        default=12, ge=1, le=1024, description="Partitions of a topic; fixed once its topics are made."
    )
    retention_days: float = Field(default=7, gt=0, description="Days that messages stay on the log.")
    replication_factor: int = Field(
        default=-1, ge=-1, description="Copies of a Kafka topic that is made; -1 leaves it to the brokers."
    )
    publish_linger_ms: float = Field(
        default=2,
        ge=0,
        le=1000,
        description="Milliseconds that a publish waits for others to share its commit, on the embedded log.",
    )
    kafka_linger_ms: float = Field(
        default=5,
        ge=0,
        le=1000,
        description="Milliseconds that a record waits for others of its partition, on Kafka; a batch of a partition is "
        "a request of its own, so less costs CPU in gateway and broker.",
    )
    publish_timeout_seconds: float = Field(
        default=10, gt=0, description="Seconds after which a publish that is not durable fails."
    )
    record_max_bytes: int = Field(
        default=900_000,
        gt=0,
        description="Largest record, key and client address included, in bytes; a stream may be made for larger ones.",
    )
    in_flight_max_bytes: int = Field(
        default=64 * MEBIBYTE, gt=0, description="Bytes that may wait for the log; beyond, requests get 503."
    )
    in_flight_max_records: int = Field(
        default=200_000, gt=0, description="Records that may wait for the log; beyond, requests get 503."
    )
    disk_floor_bytes: int = Field(
        default=256 * MEBIBYTE, ge=0, description="Free bytes on the embedded log's disk below which it takes nothing."
    )
    disk_floor_inodes: int = Field(
        default=10_000,
        ge=0,
        description="Free inodes on the embedded log's disk below which it takes nothing: tables are many files.",
    )
