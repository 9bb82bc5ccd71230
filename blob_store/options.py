"""Settings of the blob store."""

from pydantic import BaseModel, Field


class BlobOptions(BaseModel, frozen=True, extra="forbid"):
    """Where files are kept."""

    blobs_url: str | None = Field(
        default=None,
        description="Where files are kept: a folder, or s3://, gs:// or az:// with a bucket; "
        "by default blobs in the data folder.",
    )
