"""The same messages through Spark Structured Streaming; a process of its own, started by `benchmarks.peers`.

Parses head and item, looks the place up, cuts the address to its network, appends to a Delta table, and adds what a
minute brought to a second one. Says on stdout when its clock starts and, of a backlog, when it has read it.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from benchmarks.peers.task import BACKLOG, EVENTS, MINUTES, Task

HEAP = "1g"
STATISTICS = "occurred_at,tenant,session_id"
POLL_SECONDS = 0.1
CONFIGURATION = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": HEAP,
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
    "spark.sql.session.timeZone": "UTC",
    # of micro-batches on one core, each of these costs more than it gives
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.maxConcurrentOutputFileWriters": "16",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.streaming.metricsEnabled": "false",
    # as our tables are kept
    "spark.databricks.delta.properties.defaults.dataSkippingStatsColumns": STATISTICS,
    "spark.databricks.delta.properties.defaults.checkpointInterval": "100",
    "spark.databricks.delta.properties.defaults.enableExpiredLogCleanup": "false",
}
PLACE = (
    "network STRING, country_code STRING, region_code STRING, city STRING, time_zone STRING, "
    "latitude DOUBLE, longitude DOUBLE"
)


def session(jars: str) -> SparkSession:
    """Spark on one core."""
    builder = SparkSession.builder.master("local[1]").appName("peers")
    found = ",".join(str(path) for path in sorted(Path(jars).glob("*.jar")))
    for name, value in {**CONFIGURATION, "spark.jars": found}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


class Pipeline:
    """The query from the topic to the two tables."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._spark = session(task.jars)
        self._places = F.broadcast(self._spark.createDataFrame(task.places, PLACE))

    def started(self, folder: str, **trigger: Any) -> StreamingQuery:
        """From the topic's begin into the tables of that folder."""
        tables = Path(self._task.folder, folder)
        writer = self.rows(self._messages()).coalesce(1).writeStream.foreachBatch(_Append(tables))
        return writer.option("checkpointLocation", str(tables / "checkpoint")).trigger(**trigger).start()

    def _messages(self) -> DataFrame:
        reader = self._spark.readStream.format("kafka").option("kafka.bootstrap.servers", self._task.bootstrap)
        reader = reader.option("subscribe", self._task.topic).option("startingOffsets", "earliest")
        return reader.option("includeHeaders", True).option("maxOffsetsPerTrigger", self._task.batch).load()

    def rows(self, messages: DataFrame) -> DataFrame:
        """One row a message: the head, the one item, the place, the network, the message's own place on the log."""
        joined = F.replace(F.col("value").cast("string"), F.lit("}\n{"), F.lit(","))
        lines = messages.select(
            F.from_json(joined, self._task.columns).alias("said"),
            F.substring_index(F.col("headers")[0]["value"].cast("string"), "\n", 1).alias("address"),
            F.col("partition").alias("log_partition"),
            F.col("offset").alias("log_offset"),
        )
        wide = lines.select("said.*", "address", "log_partition", "log_offset")
        wide = wide.withColumns({name: F.timestamp_micros(name) for name in self._task.times})
        placed = wide.withColumn("network", _network()).join(self._places, "network", "left").drop("network")
        masked = {"ip_prefix": _prefix(), "received_date": F.to_date("received_at")}
        return placed.withColumns(masked).drop("address")


class _Append:
    """Appends a micro-batch to both tables, once however often it is tried."""

    def __init__(self, tables: Path) -> None:
        self._events, self._minutes = str(tables / EVENTS), str(tables / MINUTES)

    def __call__(self, rows: DataFrame, batch: int) -> None:
        _once(rows, batch).partitionBy("received_date").save(self._events)
        _once(_minutes(rows), batch).save(self._minutes)


def _once(rows: DataFrame, batch: int) -> Any:
    return rows.write.format("delta").mode("append").option("txnAppId", "peers").option("txnVersion", batch)


def _minutes(rows: DataFrame) -> DataFrame:
    """Partials that add up: events, and stalls with their length, of an organisation's minute in a country."""
    stalls = F.col("event_type") == "buffering_end"
    minute = F.date_trunc("minute", "occurred_at").alias("minute")
    return rows.groupBy("tenant", minute, "country_code").agg(
        F.count("*").alias("events"), F.count_if(stalls).alias("stalls"), F.sum("duration_ms").alias("stall_ms")
    )


def _network() -> Any:
    """The key that `Task.places` has."""
    address = F.col("address")
    piece = F.shiftright(F.substring_index(address, ".", -1).cast("int"), 6)
    v4 = F.concat(F.substring_index(address, ".", 3), F.lit("/"), piece.cast("string"))
    return F.when(address.contains(":"), F.substring_index(address, ":", 3)).otherwise(v4)


def _prefix() -> Any:
    """The address cut to /24 or /48."""
    address = F.col("address")
    v4 = F.concat(F.substring_index(address, ".", 3), F.lit(".0/24"))
    return F.when(address.contains(":"), F.concat(F.substring_index(address, ":", 3), F.lit("::/48"))).otherwise(v4)


def backlog(pipeline: Pipeline, task: Task) -> None:
    """Warms up on the backlog's begin, then reads all of it against the clock."""
    warming = pipeline.started("warm", processingTime="0 seconds")
    while _read(warming) < task.warm_up:
        time.sleep(POLL_SECONDS)
    warming.stop()
    _say("begins")
    pipeline.started("spark", availableNow=True).awaitTermination()
    _say("done")


def steady(pipeline: Pipeline, task: Task) -> None:
    """Reads the topic with one trigger after the other, each until a line says that the next one's turn has come.

    Each from its begin into tables of its own: a query that goes on where nothing new has come dies of its metrics.
    """
    for number, trigger in enumerate(task.triggers):
        query = pipeline.started(f"spark/{number}", processingTime=trigger)
        _say("begins")
        sys.stdin.readline()
        query.stop()


def _read(query: StreamingQuery) -> int:
    if (error := query.exception()) is not None:
        raise error
    return sum(progress["numInputRows"] for progress in query.recentProgress)


def _say(what: str) -> None:
    print(what, flush=True)


def main(arguments: Sequence[str]) -> None:
    """One task, as JSON; it lives until its standard input is closed."""
    task = msgspec.json.decode(arguments[0], type=Task)
    pipeline = Pipeline(task)
    (backlog if task.kind == BACKLOG else steady)(pipeline, task)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
