"""Settings of the HTTP frame, and what follows from them for who is believed."""

import ipaddress
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from web.digits import whole_number
from web.faults import IncompleteSettings, InsecureBinding

LONGEST_INTERVAL = 86_400
_UNITS = {"s": 1, "m": 60, "h": 3600}
LOOPBACK = ("127.0.0.0/8", "::1/128")


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        ipaddress.ip_network(value)
    return values


def _seconds(value: object) -> object:
    """`60`, `60s`, `1m` or `1h` as seconds; what is no text is left to be judged as a number."""
    if not isinstance(value, str):
        return value
    count = whole_number(value.rstrip("smh"), LONGEST_INTERVAL)
    unit = value.lstrip("0123456789") or "s"
    if count is None or unit not in _UNITS:
        raise ValueError("write whole seconds, or a number and s, m or h, such as 60, 60s or 1m")
    return count * _UNITS[unit]


def _ports(value: object) -> object:
    """Numbers, comma-separated, or `none`, since an empty variable counts as not set."""
    return () if value == "none" else _split(value)


Port: TypeAlias = Annotated[int, Field(ge=1, le=65_535)]
Interval: TypeAlias = Annotated[int, BeforeValidator(_seconds)]
CommaSeparated: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Ports: TypeAlias = Annotated[tuple[Port, ...], NoDecode, BeforeValidator(_ports)]
Networks: TypeAlias = Annotated[CommaSeparated, AfterValidator(_networks)]


class WebOptions(BaseModel, frozen=True, extra="forbid"):
    """Where a web role listens, whom it believes, how much it takes."""

    host: str = Field(default="127.0.0.1", description="Address to bind to.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to bind to; 0 takes a free one.")
    further_ports: Ports | None = Field(
        default=None,
        description="Further ports, comma-separated, at which everything answers too; one that is taken is left out. "
        "By default 8081 and 4000 under `kinelake up`, unless KINELAKE_PORT is 0; `none` for none.",
    )
    public_base_url: str | None = Field(
        default=None, description="URL under which clients reach this service, for links in answers and the API docs."
    )
    jwks: str | None = Field(default=None, description="File or URL of the JSON Web Key Set that verifies tokens.")
    jwt_issuer: str | None = Field(
        default=None, description="Issuer (`iss`) that tokens must name; none means development."
    )
    jwt_audience: str | None = Field(default=None, description="Audience (`aud`) that tokens must name.")
    jwt_leeway_seconds: float = Field(
        default=30, ge=0, le=60, description="How far the issuer's clock may be off, in seconds."
    )
    trusted_proxies: Networks = Field(
        default=(),
        description="CIDRs, comma-separated, of the proxies that are believed for the client's address and the "
        "request id; in development loopback is added.",
    )
    identity_proxies: Networks = Field(
        default=(),
        description="CIDRs, comma-separated, of the proxies that are believed for who the caller is "
        "(X-Organization-Id, X-Actor-Type, X-Actor-Hash); each must remove these headers from what clients send. "
        "In development loopback is added.",
    )
    cors_origins: CommaSeparated = Field(
        default=(), description="Origins, comma-separated, whose pages may call the API; `*` for any."
    )
    metrics_from: Networks = Field(
        default=LOOPBACK,
        description="CIDRs, comma-separated, that may read /metrics, besides the trusted proxies themselves.",
    )
    in_flight_requests: int = Field(
        default=1000, ge=1, description="Requests worked on at once; above that the answer is 503 with Retry-After."
    )
    connections_max: int = Field(
        default=4096,
        ge=1,
        description="Connections open at once; beyond it the one that has waited longest for its client is closed. "
        "Lowered to what the system's limit of open files leaves.",
    )
    headers_max_bytes: int = Field(
        default=64 * 2**10, ge=1024, description="Largest request line with headers, in bytes: 431 beyond."
    )
    headers_max_lines: int = Field(default=100, ge=10, description="Most header lines of a request: 431 beyond.")
    headers_seconds: float = Field(
        default=15,
        gt=0,
        description="Time a client has to send a request's head, however it trickles, in seconds: 408.",
    )
    url_max_bytes: int = Field(default=8192, ge=256, description="Longest URL of a request, in bytes: 414 beyond.")
    idle_seconds: float = Field(
        default=75,
        gt=0,
        description="Time a connection may wait for its next request, in seconds; longer than a proxy's own.",
    )
    answer_stall_seconds: float = Field(
        default=30,
        gt=0,
        description="Time in which a client must take another 64 KiB of an answer that waits for it, in seconds.",
    )
    body_max_bytes: int = Field(default=4 * 2**20, ge=1, description="Largest request body as sent, in bytes.")
    body_max_decoded_bytes: int = Field(default=4 * 2**20, ge=1, description="Largest body once unpacked, in bytes.")
    body_seconds: float = Field(default=15, gt=0, description="Time a client has to send its body, in seconds.")
    drain_seconds: int = Field(
        default=30, ge=1, description="Time that requests in flight have to end when the service stops, in seconds."
    )
    key_pepper: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Secret that API keys are looked up by, at least 32 characters, the same for all processes of an "
        "installation; by default one is made in the data folder's `secrets`.",
    )
    rate_limit_requests: int = Field(
        default=100,
        ge=1,
        le=1_000_000,
        description="Requests of an API key in a window: 429 beyond. RATE_LIMIT_REQUESTS means the same.",
    )
    rate_limit_interval: Interval = Field(
        default=60,
        ge=1,
        le=LONGEST_INTERVAL,
        description="How long a window lasts, in seconds, or as in 60s, 1m, 1h. RATE_LIMIT_INTERVAL means the same.",
    )
    rate_limit_windows: Literal["auto", "memory", "control"] = Field(
        default="auto",
        description="Where windows are counted: in a process's memory, or in control for all processes together; auto "
        "takes memory under `kinelake up` with an embedded control store, control otherwise.",
    )
    ingest_rate_limit_requests: int = Field(
        default=10,
        ge=1,
        le=1_000_000,
        description="Requests of an address in any second that send events with an application's public token: "
        "429 beyond.",
    )
    ingest_rate_limit_processes: int = Field(
        default=1,
        ge=1,
        le=10_000,
        description="Gateway processes that share an address's requests; each lets through its share of "
        "KINELAKE_INGEST_RATE_LIMIT_REQUESTS and of the budgets of write keys, rounded down, and at least one.",
    )
    write_key_requests_per_minute: int = Field(
        default=1_200,
        ge=1,
        le=100_000_000,
        description="Requests of an address with one public write key in a minute: 429 beyond. Keys for servers have "
        "no such budget.",
    )
    write_key_items_per_minute: int = Field(
        default=100_000,
        ge=1,
        le=1_000_000_000,
        description="Records or items that a write key lets in within a minute: 429 once they are reached.",
    )
    export_auth: Literal["loopback", "secret"] = Field(
        default="loopback",
        description="Who may have what is not in the tables yet exported: whoever connects from this machine without a "
        "proxy, everything; or who shows an application's secret token, what is that application's.",
    )
    access_log: bool = Field(
        default=True,
        description="One log line per request, but for those of clients with write keys that are answered before "
        "anything of them is read.",
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to a socket bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def development(options: WebOptions) -> bool:
    """True without an issuer on a loopback address: development tokens count, organisations are made on first use.

    Raises InsecureBinding without an issuer on any other address, IncompleteSettings for half an issuer.
    """
    if options.jwt_issuer is None:
        return _development(options)
    missing = [name for name in ("jwks", "jwt_audience") if getattr(options, name) is None]
    if missing:
        names = " and ".join(f"KINELAKE_{name.upper()}" for name in missing)
        raise IncompleteSettings(f"KINELAKE_JWT_ISSUER is set: set {names} too, or leave the issuer out in development")
    return False


def _development(options: WebOptions) -> bool:
    if options.jwks is not None or options.jwt_audience is not None:
        raise IncompleteSettings(
            "KINELAKE_JWKS or KINELAKE_JWT_AUDIENCE is set without KINELAKE_JWT_ISSUER: set the issuer, or none of them"
        )
    if not is_loopback(options.host):
        raise InsecureBinding(
            f"refusing to listen on {options.host} without KINELAKE_JWT_ISSUER, since development tokens would be "
            "accepted from the network: set KINELAKE_JWT_ISSUER, KINELAKE_JWT_AUDIENCE and KINELAKE_JWKS, "
            "or bind to 127.0.0.1"
        )
    return True


def share_of_ingestion(options: WebOptions) -> int:
    """Requests of an address that this process lets through in any second: all processes' shares keep to the limit."""
    return share(options, options.ingest_rate_limit_requests)


def share(options: WebOptions, budget: int) -> int:
    """What this process lets through of a budget that all gateways share."""
    return max(1, budget // options.ingest_rate_limit_processes)


def believed_proxies(options: WebOptions) -> tuple[str, ...]:
    """The CIDRs that are believed for address and request id: the setting, and loopback in development."""
    return (*options.trusted_proxies, *LOOPBACK) if development(options) else options.trusted_proxies


def believed_identity_proxies(options: WebOptions) -> tuple[str, ...]:
    """The CIDRs whose word on the caller counts: the setting, and loopback in development."""
    return (*options.identity_proxies, *LOOPBACK) if development(options) else options.identity_proxies
