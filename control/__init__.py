"""Control: the small SQL store of what must be read back at once: tenants, watermarks, jobs, counters, heartbeats,
tombstones, consent."""
