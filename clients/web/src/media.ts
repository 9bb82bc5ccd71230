/** What is played, and what the browser says of its way here. */

import type { Player } from './players'

const ERRORS = ['', 'ABORTED', 'NETWORK', 'DECODE', 'SRC_NOT_SUPPORTED']

/** What is played, and by what. */
export interface Media {
  mediaId: string
  mediaType?: string
  /** An id for the first session; without it, one is made. */
  sessionId?: string
  /** hls.js, dash.js or Shaka, for bitrates, renditions and errors. */
  player?: Player
}

/** An element that is followed. */
export interface Playback {
  /** The session that is under way; another one begins after its end. */
  readonly sessionId: string
  /** Ends the session, and with it the watching. */
  detach(): void
}

interface Connection {
  type?: string
  effectiveType?: string
  downlink?: number
  rtt?: number
}

/** What the browser says of its network, and of the first byte of a source. */
export function network(source: string): object {
  const { connection } = navigator as { connection?: Connection }
  const [loaded] = performance.getEntriesByName(source)
  const { responseStart, startTime } = (loaded ?? {}) as PerformanceResourceTiming
  return {
    ttfb_ms: responseStart ? responseStart - startTime : undefined,
    connection_type: connection?.type ?? connection?.effectiveType,
    effective_bandwidth: connection?.downlink,
    rtt_ms: connection?.rtt,
  }
}

/** The name that the standard has for what failed. */
export function errorOf(media: HTMLMediaElement): string {
  const { code = 0 } = media.error ?? {}
  return `MEDIA_ERR_${ERRORS[code] ?? code}`
}
