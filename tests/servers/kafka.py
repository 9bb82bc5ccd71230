"""One Apache Kafka broker (KRaft, broker and controller in one process), its jars fetched once by Maven."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from filelock import FileLock

from tests.servers.required import CACHE, Missing, program
from tests.servers.server import NotReady, Server, free_port

VERSION = "4.1.0"
ARCHIVE = "classes.jsa"
POM = Path(__file__).with_name("kafka-pom.xml")
# Any 22 characters of base64 do; the id only has to stay the same over a restart.
CLUSTER_ID = "a2luZWxha2UtdGVzdHMtMQ"
PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={directory}/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=250
"""


SHORT_LIVED = ("-XX:TieredStopAtLevel=1",)
"""A broker that lives for seconds spends half of its work on optimising code that it then hardly runs."""


class Kafka(Server):
    """A broker on 127.0.0.1 with its log in `directory`/data; heap in MB; flags of Java: a short life's by default."""

    def __init__(self, directory: Path, heap: int = 512, flags: Sequence[str] | None = None) -> None:
        super().__init__(directory)
        self._flags = [*SHORT_LIVED, *archive_flags()] if flags is None else flags
        self._java = java()
        self._classpath = f"{jars()}/*"
        self._heap = heap
        self._properties = directory / "server.properties"
        self._format()

    @property
    def bootstrap(self) -> str:
        """host:port, as Kafka's clients take it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The log's URL, as KINELAKE_LOG_URL takes it."""
        return f"kafka://{self.bootstrap}"

    def command(self) -> Sequence[str]:
        java = [self._java, *self._flags, f"-Xmx{self._heap}m", "-cp", self._classpath]
        return [*java, "kafka.Kafka", str(self._properties)]

    def check(self) -> None:
        silent: dict[str, str | int | float | bool] = {"bootstrap.servers": self.bootstrap, "log_level": 0}
        try:
            brokers = AdminClient(silent).list_topics(timeout=1).brokers
        except KafkaException as error:
            raise NotReady("the broker does not answer") from error
        if not brokers:
            raise NotReady("the broker is not registered")

    def _format(self) -> None:
        self._properties.write_text(PROPERTIES.format(port=self.port, controller=free_port(), directory=self.directory))
        shutil.copytree(formatted(), self.directory / "data")


@cache
def java() -> str:
    """Java's path where it is 17 or newer."""
    path = program("java", "a Java runtime, version 17 or newer")
    printed = java_version(path)
    found = re.search(r'version "(\d+)', printed)
    if found is None or int(found[1]) < 17:
        raise Missing(f"Kafka {VERSION} needs Java 17 or newer, {path} is {printed.splitlines()[:1]}")
    return path


@cache
def java_version(path: str) -> str:
    """What that Java says it is."""
    return subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stderr


def jars() -> Path:
    """The folder of Kafka's jars, filled on first use."""
    return made_once(f"kafka-{VERSION}", _fetch)


def formatted() -> Path:
    """A data folder that Kafka's own tool formatted, on first use: it holds no address, a broker begins with a copy."""
    return made_once(f"kafka-{VERSION}-formatted", _format)


def archive_flags() -> Sequence[str]:
    """Java's flags for the classes of a broker as it has them in memory, read and checked once for all brokers.

    A Java that makes no such archive leaves none, and one that cannot use it reads the jars: only the start is slower.
    """
    which = sha256(java_version(java()).encode()).hexdigest()[:12]
    found = made_once(f"kafka-{VERSION}-{which}", _archive) / ARCHIVE
    return [f"-XX:SharedArchiveFile={found}"] if found.exists() else []


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """A folder of the cache, filled on first use."""
    folder = CACHE / name
    CACHE.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            partial = folder.with_name(f"{name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            make(partial)
            partial.rename(folder)
    return folder


def _fetch(folder: Path) -> None:
    maven = program("mvn", "Maven")
    try:
        run([maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"])
    except subprocess.CalledProcessError as error:
        raise Missing(f"Maven could not fetch Kafka {VERSION}: {error.stdout[-500:]}") from error


def _format(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        properties = Path(directory, "server.properties")
        properties.write_text(PROPERTIES.format(port=free_port(), controller=free_port(), directory=directory))
        storage_tool = [java(), *SHORT_LIVED, "-cp", f"{jars()}/*", "kafka.tools.StorageTool"]
        run([*storage_tool, "format", "-t", CLUSTER_ID, "-c", str(properties)])
        shutil.copytree(Path(directory, "data"), folder)


def _archive(folder: Path) -> None:
    folder.mkdir()
    dump = ("-XX:+IgnoreUnrecognizedVMOptions", f"-XX:ArchiveClassesAtExit={folder / ARCHIVE}")
    with tempfile.TemporaryDirectory() as directory, Kafka(Path(directory), flags=[*SHORT_LIVED, *dump]):
        pass


def run(command: Sequence[str]) -> None:
    """Run a program to its end; what it printed is in the exception where it fails."""
    subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
