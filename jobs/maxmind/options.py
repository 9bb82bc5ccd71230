"""Settings of what is fetched from MaxMind."""

from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator

from web.options import is_loopback


class MaxMindOptions(BaseModel, frozen=True, extra="forbid"):
    """Whose account fetches what from where, how often, and within which bounds."""

    geo_account: str | None = Field(
        default=None,
        pattern=r"^[0-9]{1,20}$",
        description="MaxMind account; with the license key it fetches the geo database and the privacy exclusions.",
    )
    geo_license_key: SecretStr | None = Field(
        default=None, description="License key of the MaxMind account; only the worker needs it."
    )
    geo_edition: str = Field(
        default="GeoLite2-City",
        pattern=r"^[A-Za-z0-9]{1,32}-City(-[A-Za-z0-9]{1,32}){0,2}$",
        description="Edition of the geo database; any with cities.",
    )
    geo_base_url: str = Field(
        default="https://download.maxmind.com",
        description="Where geo databases are downloaded; plain http:// is for this machine only.",
    )
    privacy_base_url: str = Field(
        default="https://api.maxmind.com",
        description="Where the privacy exclusions are listed; plain http:// is for this machine only.",
    )
    geo_update_days: float = Field(
        default=7, gt=0, description="Days between two updates of the geo database, where an account is set."
    )
    exclusions_sync_days: float = Field(
        default=7,
        gt=0,
        description="Days between two synchronisations of the privacy exclusions, where an account is set.",
    )
    maxmind_seconds: float = Field(
        default=100, gt=0, le=110, description="Time that one download may take altogether, in seconds."
    )
    geo_max_bytes: int = Field(
        default=512 * 2**20, ge=2**10, description="Largest geo database and largest archive of one, in bytes."
    )

    @field_validator("geo_base_url", "privacy_base_url")
    @classmethod
    def _private(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            return url.rstrip("/")
        raise ValueError("must be an https:// address, since the license key is sent there")

    @property
    def configured(self) -> bool:
        """Whether there is an account to fetch with."""
        return self.geo_account is not None and self.geo_license_key is not None
