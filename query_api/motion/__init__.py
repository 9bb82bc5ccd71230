"""What the motion family reads: sessions, exports, reports, threads, films."""
