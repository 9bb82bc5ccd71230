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
  level?: number
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

interface Known extends Player {
  levels?: Described[]
  currentLevel?: number
  autoLevelEnabled?: boolean
  url?: string
  getVariantTracks?(): Described[]
  getAssetUri?(): string
  getConfiguration?(): { abr?: { enabled?: boolean } }
  getCurrentRepresentationForType?(type: string): Described
  getSource?(): string
}

type Heard = Record<string, (said: Said, more: Said) => void>

/** Where a player's manifest is. */
export function manifest(player: Known | undefined): string | undefined {
  return player?.url ?? player?.getAssetUri?.() ?? player?.getSource?.()
}

/** Tells what plays now and what comes; returns what ends that. */
export function listen(player: Known | undefined, to: Listener): () => void {
  if (!player) return () => {}
  const heard = Object.entries((player.levels ? hls : player.getVariantTracks ? shaka : dash)(player, to))
  for (const [name, handler] of heard) (player.on ?? player.addEventListener)?.call(player, name, handler as Handler)
  return () => {
    for (const [name, handler] of heard)
      (player.off ?? player.removeEventListener)?.call(player, name, handler as Handler)
  }
}

function tell(to: Listener, of: Described | undefined, automatic?: boolean): void {
  if (of) {
    const resolution = of.width ? `${of.width}x${of.height}` : undefined
    to.quality({ bitrate: of.bitrate || of.bandwidth, resolution }, automatic)
  }
}

function hls(player: Known, to: Listener): Heard {
  const level = (number = -1): void => tell(to, player.levels?.[number], player.autoLevelEnabled)
  level(player.currentLevel)
  return {
    hlsLevelSwitched: (_, said) => level(said.level),
    hlsError: (_, said) => to.error(`${said.details}`, said.error?.message, said.fatal),
  }
}

function dash(player: Known, to: Listener): Heard {
  tell(to, player.getCurrentRepresentationForType?.('video'))
  return {
    qualityChangeRendered: said => {
      if (said.mediaType === 'video') tell(to, said.newRepresentation)
    },
    error: ({ error }) => to.error(`${error?.code ?? error}`, error?.message),
  }
}

function shaka(player: Known, to: Listener): Heard {
  const track = (of: Described | undefined): void => tell(to, of, player.getConfiguration?.().abr?.enabled)
  const changed = (said: Said): void => track(said.newTrack)
  track(player.getVariantTracks?.().find(one => one.active))
  return {
    adaptation: changed,
    variantchanged: changed,
    error: ({ detail }) => to.error(`${detail?.code}`, detail?.message, detail?.severity === 2),
  }
}
