"""A page for the first minute, in development alone: a film plays, and what is told of it appears beside it.

`hls-1.7.4.min.js` is hls.js as npm has it, under the Apache licence beside it; `kinelake.js` is `clients/web`, built.
"""
