/** A media element as sessions of events: what plays, stalls, is sought, and where (the server's rules: media-sessions). */

import type { Watcher } from './client'
import { errorOf, type Media, network, type Playback } from './media'
import { hear, listen, manifest, type Rendition, resolutionOf } from './players'

const HEARTBEAT_MS = 10_000
const MILESTONES = [25, 50, 75, 95] as const
/** Somebody who drags the playhead makes many seeks of which the next begins within this: they are told as one. */
const DRAGGED_MS = 300
/** timeupdate comes every 250 ms, so what is further from the last is not known. */
const LONGEST_UNSEEN_MS = 500
/** The same error again within this long is not told. */
const SAME_ERROR_MS = 10_000

/** Watches an element; `record` takes its events, `ended` is told when it is let go. */
export function playback(
  video: HTMLMediaElement,
  media: Media,
  record: (event: object) => void,
  ended: () => void,
): Playback & Watcher {
  let id = media.sessionId ?? crypto.randomUUID()
  let sequence = 0
  /** When playing was asked for, and the stall under way began; ms since 1970, 0 for not. */
  let begun = 0
  let stalledAt = 0
  /** The first frame has been seen; play was told, and no pause since; the end was reached. */
  let started = false
  let playing = false
  let completed = false
  let seek: { from: number; at: number } | undefined
  let watchedMs = 0
  let beatMs = 0
  let stalls = 0
  let stalledMs = 0
  let reached: number[] = []
  /** The playhead at the last look, and when that was. */
  let position = 0
  let seenAt = 0
  let shown: Rendition = {}
  let lastError = ''
  let lastErrorAt = 0
  let dragged: ReturnType<typeof setTimeout> | undefined
  let off: (() => void) | undefined

  const now = Date.now
  const place = () => ({ position_seconds: video.currentTime })
  const rolls = (): boolean => playing && !stalledAt && !seek && !video.seeking

  const counts = () => ({
    watched_seconds: watchedMs / 1000,
    buffering_count: stalls,
    buffering_duration_ms: stalledMs,
    dropped_frames: (video as HTMLVideoElement).getVideoPlaybackQuality?.().droppedVideoFrames,
  })

  const tell = (event: string, data: object, at = now()): void =>
    record({
      event,
      event_id: crypto.randomUUID(),
      session_id: id,
      media_id: media.mediaId,
      media_type: media.mediaType,
      timestamp: new Date(at),
      sequence: sequence++,
      data,
    })

  /** Notes the time and the content that have passed by playing since the last look. */
  const see = (): void => {
    // the playhead has gone already, and the element will say so next
    if (video.seeking && !seek) seeking()
    const before = position
    position = video.currentTime
    if (rolls()) {
      watchedMs += now() - seenAt
      for (const percent of MILESTONES) {
        const mark = (video.duration * percent) / 100
        if (before < mark && mark <= position && !reached.includes(percent)) {
          reached.push(percent)
          tell('milestone', { percent, ...place() })
          completed ||= percent === 95
        }
      }
    }
    seenAt = now()
  }

  const beat = (): void => {
    see()
    if (!started || seek) return
    beatMs = watchedMs
    tell('heartbeat', {
      ...place(),
      ...counts(),
      current_bitrate: shown.bitrate,
      current_resolution: resolutionOf(video),
      playback_rate: video.playbackRate || undefined,
    })
  }

  const begin = (): void => {
    begun ||= now()
    started = true
    const start = {
      total_duration_seconds: Number.isFinite(video.duration) ? video.duration : undefined,
      video_load_time_ms: video.readyState > 1 ? now() - begun : undefined,
      ...network(manifest(media.player) ?? video.currentSrc),
      initial_bitrate: shown.bitrate,
      initial_resolution: shown.resolution ?? resolutionOf(video),
    }
    tell('session_start', start, begun)
  }

  const play = (): void => {
    if (playing) return
    playing = true
    seenAt = now()
    position = video.currentTime
    tell('play', place())
    if (!video.playbackRate) waiting()
    else if (video.playbackRate !== 1) beat()
  }

  /** Ends a stall; how long it was, in ms. */
  const unstall = (): number => {
    const ms = stalledAt && now() - stalledAt
    stalledMs += ms
    stalledAt = 0
    seenAt = now()
    return ms
  }

  /** A seek that is over is told with its beginning, and that its waiting was no stall; whether there was one. */
  const settle = (): boolean => {
    const over = seek
    if (!over) return false
    clearTimeout(dragged)
    seek = undefined
    position = video.currentTime
    tell('seek', { from_seconds: over.from, to_seconds: position }, over.at)
    if (playing) tell('buffering_start', place(), over.at)
    return true
  }

  const asked = (): void => {
    begun ||= now()
    if (!started || video.seeking) return
    settle()
    play()
  }

  const resumed = (): void => {
    if (video.paused || video.seeking || !video.playbackRate) return
    if (!started) begin()
    if (settle()) playing = false
    if (stalledAt) tell('buffering_end', { ...place(), duration_ms: unstall() })
    play()
    see()
  }

  /** Some browsers say nothing when playing goes on: the playhead does. */
  const moved = (): void => {
    const waits = seek || stalledAt || !playing
    if (waits && started && video.readyState > 2 && video.currentTime > position + 0.05) resumed()
    see()
    if (watchedMs - beatMs >= HEARTBEAT_MS) beat()
  }

  const waiting = (): void => {
    if (!rolls() || video.paused || video.ended) return
    see()
    stalledAt = now()
    stalls++
    tell('buffering_start', place())
  }

  /** Shaka lets no element starve: it has a speed of 0 until there are bytes again. */
  const sped = (): void => {
    if (video.readyState > 2) resumed()
    if (video.playbackRate) beat()
    else waiting()
  }

  const paused = (): void => {
    see()
    settle()
    unstall()
    if (playing) tell('pause', place())
    playing = false
  }

  const finished = (): void => {
    see()
    completed = true
  }

  const seeking = (): void => {
    clearTimeout(dragged)
    if (!started || seek) return
    const at = now()
    const rolled = playing && !stalledAt ? Math.min(at - seenAt, LONGEST_UNSEEN_MS) : 0
    watchedMs += rolled
    const from = Math.min(position + (rolled / 1000) * video.playbackRate, video.duration || Infinity)
    unstall()
    seek = { from, at }
  }

  const sought = (): void => {
    if (seek && video.paused) dragged = setTimeout(settle, DRAGGED_MS)
  }

  const quality = (next: Rendition, automatic?: boolean): void => {
    const before = shown
    const to = next.resolution ?? resolutionOf(video)
    shown = { bitrate: next.bitrate, resolution: to }
    if (!started || !to || (before.bitrate === next.bitrate && before.resolution === to)) return
    see()
    tell('quality_change', {
      from_resolution: before.resolution,
      to_resolution: to,
      from_bitrate: before.bitrate,
      to_bitrate: next.bitrate,
      automatic,
      ...place(),
    })
  }

  const error = (code: string, message: string | undefined, fatal = !started): void => {
    if (!fatal && code === lastError && now() - lastErrorAt < SAME_ERROR_MS) return
    lastError = code
    lastErrorAt = now()
    if (!started) begin()
    see()
    if (fatal) playing = false
    tell('error', { error_code: code, error_message: message?.slice(0, 2000), fatal, ...place() })
  }

  const start = (): void => {
    if (off) return
    const unseen = hear(video, {
      play: asked,
      playing: resumed,
      timeupdate: moved,
      waiting,
      pause: paused,
      ended: finished,
      seeking,
      seeked: sought,
      ratechange: sped,
      error: () => error(errorOf(video), video.error?.message, true),
    })
    const unheard = listen(media.player, video, { quality, error })
    off = () => {
      unseen()
      unheard()
    }
    position = video.currentTime
    if (!video.paused) asked()
    if (video.readyState > 2) resumed()
  }

  const stop = (): void => {
    clearTimeout(dragged)
    off?.()
    off = seek = undefined
    id = crypto.randomUUID()
    sequence = begun = stalledAt = watchedMs = beatMs = stalls = stalledMs = 0
    started = playing = completed = false
    reached = []
  }

  const finish = (): void => {
    if (off && begun) {
      if (!started) begin()
      see()
      settle()
      unstall()
      tell('session_end', { final_status: completed ? 'completed' : 'abandoned', ...place(), ...counts() })
    }
    stop()
  }

  return {
    get sessionId() {
      return id
    },
    start,
    stop,
    leave: ends => (ends ? finish() : playing && beat()),
    detach() {
      finish()
      ended()
    },
  }
}
