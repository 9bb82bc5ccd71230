/** What hls.js (1), dash.js (5) and Shaka Player (4, 5) say of renditions and errors; known by their methods. */

export interface Rendition {
  /** bit/s */
  bitrate?: number | undefined
  resolution?: string | undefined
}

export interface Listener {
  quality(rendition: Rendition, automatic?: boolean): void
  /** Without `fatal` the player does not say. */
  error(code: string, message: string | undefined, fatal?: boolean): void
}

/** The fields of all of them that are read here; whichever one it is has some. */
interface Described {
  width?: number | null
  height?: number | null
  bitrate?: number
  bandwidth?: number
  active?: boolean
}

interface Said {
  fatal?: boolean
  details?: string
  mediaType?: string
  newRepresentation?: Described
  newTrack?: Described
  error?: { message?: string; code?: number | string }
  detail?: { code?: number; severity?: number; message?: string }
}
type Handler = (...given: never[]) => void

/** An hls.js, dash.js or Shaka player. */
export interface Player {
  on?(name: string, handler: Handler): void
  off?(name: string, handler: Handler): void
  addEventListener?(name: string, handler: Handler): void
  removeEventListener?(name: string, handler: Handler): void
}

type Video = EventTarget & { videoWidth?: number; videoHeight?: number }

interface Known extends Player {
  levels?: Described[]
  currentLevel?: number
  autoLevelEnabled?: boolean
  url?: string
  getVariantTracks?(): Described[]
  getAssetUri?(): string
  getCurrentRepresentationForType?(type: string): Described
  getSource?(): string
}

type Heard = Record<string, (said: Said, more: Said) => void>

/** Where a player's manifest is. */
export function manifest(player: Known | undefined): string | undefined {
  return player?.url ?? player?.getAssetUri?.() ?? player?.getSource?.()
}

/** Pixels of the picture, `1280x720`; nothing without one. */
export function resolutionOf({ videoWidth, videoHeight }: Video): string | undefined {
  return size(videoWidth, videoHeight)
}

function size(width?: number | null, height?: number | null): string | undefined {
  return width ? `${width}x${height}` : undefined
}

/** Tells what plays now and what comes, without a player by the size of the picture; returns what ends that. */
export function listen(player: Known | undefined, video: Video, to: Listener): () => void {
  if (!player) return hear(video, { resize: () => to.quality({ resolution: resolutionOf(video) }) })
  return (player.levels ? hls : player.getVariantTracks ? shaka : dash)(player, to, video)
}

/** Hears a player or an element; returns what ends that. */
export function hear(whom: Player | EventTarget, heard: Heard): () => void {
  const of = whom as Player
  const each = (short: 'on' | 'off', long: 'addEventListener' | 'removeEventListener'): void => {
    for (const [name, handler] of Object.entries(heard)) (of[short] ?? of[long])?.call(of, name, handler as Handler)
  }
  each('on', 'addEventListener')
  return () => each('off', 'removeEventListener')
}

function tell(to: Listener, of: Described | undefined, automatic?: boolean): void {
  if (of) to.quality({ bitrate: of.bitrate || of.bandwidth, resolution: size(of.width, of.height) }, automatic)
}

function hls(player: Known, to: Listener): () => void {
  const now = (): void => tell(to, player.levels?.[player.currentLevel ?? -1], player.autoLevelEnabled)
  now()
  return hear(player, {
    hlsFragBuffered: now,
    hlsLevelSwitched: now,
    hlsError: (_, said) => to.error(`${said.details}`, said.error?.message, said.fatal),
  })
}

function dash(player: Known, to: Listener): () => void {
  const now = (): void => tell(to, player.getCurrentRepresentationForType?.('video'))
  now()
  return hear(player, {
    playbackMetaDataLoaded: now,
    qualityChangeRendered: said => {
      if (said.mediaType === 'video') tell(to, said.newRepresentation)
    },
    error: ({ error }) => to.error(`${error?.code ?? error}`, error?.message),
  })
}

/** It tells what it loads, which is seen once the picture has its size; at once where sizes are not the manifest's. */
function shaka(player: Known, to: Listener, video: Video): () => void {
  const loaded = new Map<string | undefined, () => void>()
  const track = (of: Described | undefined, automatic?: boolean): void => {
    const seen = resolutionOf(video)
    const waits = loaded.has(seen)
    const its = of && size(of.width, of.height)
    loaded.set(its, () => tell(to, of, automatic))
    if (!waits || its === seen) tell(to, of, automatic)
  }
  track(player.getVariantTracks?.().find(one => one.active))
  const unseen = hear(video, { resize: () => loaded.get(resolutionOf(video))?.() })
  const unheard = hear(player, {
    adaptation: said => track(said.newTrack, true),
    variantchanged: said => track(said.newTrack, false),
    error: ({ detail }) => to.error(`${detail?.code}`, detail?.message, detail?.severity === 2),
  })
  return () => {
    unseen()
    unheard()
  }
}
