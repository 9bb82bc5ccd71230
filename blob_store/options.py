"""Settings of the blob store."""

from typing import Literal

from pydantic import BaseModel, Field


class BlobOptions(BaseModel, frozen=True, extra="forbid"):
    """Where files are kept."""

    blobs_url: str | None = Field(
        default=None,
        description="Where files are kept: a folder, or s3://, gs:// or az:// with a bucket; "
        "by default blobs in the data folder.",
    )
    blob_links: Literal["bucket", "here"] = Field(
        default="bucket",
        description="Where links to files in a bucket lead: to the `bucket` itself, which must be reached by clients "
        "under the address that this service has for it, or `here`, to /files, as those to files in a folder do.",
    )
