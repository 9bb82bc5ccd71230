"""From what a session sent to one video: pictures by index, or pieces of a video, to MP4; in a process of its own.

`feeding` starts the process (`__main__`) and hands it one piece after the other. There: `pictures` decodes,
`changes` drops what shows nothing new, `writer` encodes; `pieces` joins what is video already.
"""
