"""`POST /v1/sessions/{session_id}/chunks`: a picture or a piece of a video, from the socket into the blob store.

Its bytes lie there before a row names them. What dies in between leaves a blob that no row has, which is swept.
"""

from typing import Final

from ingest_gateway.capture.multipart import MOST_BESIDE
from schemas.capture.chunks import LARGEST_CHUNK

FIELD: Final = "chunk"
INDEX: Final = "X-Chunk-Index"
MOST_BODY: Final = LARGEST_CHUNK + MOST_BESIDE
"""""" 
