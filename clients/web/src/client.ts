/** What a page uses: consent, what is attached to it, page views, and what leaves when it ends. */

import { delivery, type Loss, type Token } from './delivery'
import { type Level, MEDIA, POSE, TRACK } from './item'
import type { Media, Playback } from './media'
import { playback } from './playback'
import { type Filmed, type PoseTrack, poseTrack } from './pose'
import { opened } from './queue'

export interface Options {
  /** Where the gateway is, such as `https://telemetry.example.com`; without it, where the page is from. */
  url?: string
  /** The person's token, or what gets one; called with true after a 401. */
  token: Token
  /**
   * Whom the token is of, by any text that stays the same: what waits of several people who use one browser stays
   * apart. It is never sent.
   */
  user: string
  /** Told of what is given up: refused by the server, or too much or too old for the queue. */
  onerror?: (loss: Loss) => void
  /** What may wait, 10,000 items and 20 MB unless told otherwise; the oldest make room. */
  maxItems?: number
  maxBytes?: number
  /** ms in which events gather for a request; 2,000 unless told otherwise. */
  delay?: number
}

/** Something that happened, for `/v1/analytics/track`. */
export interface Happening {
  category?: string
  resourceType?: string
  resourceId?: string
  /** Only you know what it means. */
  value?: number
  properties?: Record<string, unknown>
}

/** Watches something while consent lasts, and has a word when the page goes. */
export interface Watcher {
  start(): void
  stop(): void
  /** The page is hidden (false), or about to go (true). */
  leave(ends: boolean): void
}

export interface Kinelake {
  /** Items given up so far on this page. */
  readonly dropped: number
  /**
   * What the person allows, from now on and until the page ends; nothing at all before it is said. Below 2 nothing is
   * recorded or sent, and what waits is removed. A browser that says Global Privacy Control has 2 at most.
   */
  consent(level: Level): void
  /** Follows a video or audio element. */
  attach(video: HTMLMediaElement, media: Media): Playback
  /** Takes frames of MediaPipe's Pose Landmarker, which are sent by the second. */
  pose(filmed: Filmed): PoseTrack
  /** Something that happened; whether it was kept. */
  track(name: string, what?: Happening): boolean
  /** The page that is seen now, by its name or its path; of addresses, what is behind ? and # stays in the browser. */
  page(name?: string, properties?: Record<string, unknown>): boolean
  /** A page view now, and one at each change of the path that scripts make. */
  pages(): void
  /** Sends what waits now; whether all of it arrived. */
  flush(): Promise<boolean>
}

/** A client; it does nothing before `consent`. Throws in a page that came neither over HTTPS nor from localhost. */
export function kinelake(options: Options): Kinelake {
  if (!isSecureContext) throw Error('kinelake needs HTTPS')
  const { url = '', token, user, delay = 2_000, maxItems = 10_000, maxBytes = 20_000_000 } = options
  const name = `kinelake ${url} ${user}`
  const watchers = new Set<Watcher>()
  let level: Level = 0
  let dropped = 0
  let referrer = document.referrer.replace(/[?#].*/, '')

  const lost = (loss: Loss): void => {
    dropped += loss.items
    options.onerror?.(loss)
  }
  const queue = opened(name, maxItems, maxBytes, lost)
  const sending = delivery({ url, token, name, queue, delay, lost, level: () => level })

  const record = (path: string, event: object): boolean => {
    if (level > 1) {
      const json = JSON.stringify(event)
      sending.take({ path, level, json, bytes: new Blob([json]).size })
    }
    return level > 1
  }

  const watch = <T extends Watcher>(made: (ended: () => void) => T): T => {
    const watcher = made(() => watchers.delete(watcher))
    watchers.add(watcher)
    if (level > 1) watcher.start()
    return watcher
  }

  const track = (event_name: string, what: Happening = {}, referrer_url?: string): boolean =>
    record(TRACK, {
      event_name,
      event_category: what.category,
      event_id: crypto.randomUUID(),
      timestamp: new Date(),
      resource_type: what.resourceType,
      resource_id: what.resourceId,
      page_url: location.pathname,
      referrer_url,
      numeric_value: what.value,
      properties: what.properties,
    })

  const page = (resourceId = location.pathname.slice(0, 128), properties: Record<string, unknown> = {}): boolean => {
    const from = referrer
    referrer = location.pathname
    return track('page.view', { category: 'navigation', resourceType: 'page', resourceId, properties }, from)
  }

  /** With true when the page is about to go, with false when it is hidden: it may be the last that it hears. */
  const leave = (ends: boolean): void => {
    for (const watcher of watchers) watcher.leave(ends)
    sending.part()
  }
  addEventListener('pagehide', () => leave(true))
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && leave(false))
  // a page that comes back from the browser's cache goes on with other sessions
  addEventListener('pageshow', () => {
    if (level > 1) for (const watcher of watchers) watcher.start()
  })
  addEventListener('online', sending.drain)

  return {
    get dropped() {
      return dropped
    },
    consent(given) {
      const before = level
      level = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl && given > 2 ? 2 : given
      if (level < 2) {
        for (const watcher of watchers) watcher.stop()
        sending.forget()
      } else if (before < 2) {
        for (const watcher of watchers) watcher.start()
        sending.drain()
      }
    },
    attach: (video, media) => watch(ended => playback(video, media, event => record(MEDIA, event), ended)),
    pose: filmed => watch(ended => poseTrack(filmed, frames => record(POSE, frames), ended)),
    track: (name, what) => track(name, what),
    page,
    pages() {
      const changed = (): void => {
        if (location.pathname !== referrer) page()
      }
      const push = history.pushState
      history.pushState = (...given) => {
        push.apply(history, given)
        changed()
      }
      addEventListener('popstate', changed)
      page()
    },
    flush: sending.drain,
  }
}
