/** What is said to the server: one event, or one request's worth of pose frames, as JSON. */

export type Level = 0 | 1 | 2 | 3

export interface Item {
  /** The route, such as `/v1/media/events`. */
  path: string
  /** The consent level under which it was recorded. */
  level: Level
  json: string
  /** UTF-8 bytes of `json`. */
  bytes: number
}

export interface Kept extends Item {
  /** Its place in the queue. */
  key: number
  /** When it was first sent, ms since 1970; its answer never came. */
  tried?: number
}

export const MEDIA = '/v1/media/events'
export const TRACK = '/v1/analytics/track'
export const POSE = '/v1/pose/frames'

/** Bytes of a request: browsers let 64 KiB go out while a page ends, of all requests together. */
export const REQUEST_BYTES = 60_000
export const REQUEST_ITEMS = 100

/** The longest beginning that one request may carry: of one route and level; frames go alone. */
export function batchOf<T extends Item>(items: T[]): T[] {
  const batch: T[] = []
  let bytes = 0
  for (const item of items) {
    bytes += item.bytes + 1
    if (batch[0] && !(alike(batch[0], item) && batch.length < REQUEST_ITEMS && bytes <= REQUEST_BYTES)) break
    batch.push(item)
  }
  return batch
}

const alike = (one: Item, other: Item): boolean =>
  one.path === other.path && one.level === other.level && one.path !== POSE

/** The body of a request; `sent_at` lets the server see how far this device's clock is off. */
export function bodyOf(batch: Item[]): string {
  const jsons = batch.map(item => item.json)
  return batch[0]?.path === POSE ? jsons.join() : `{"sent_at":"${new Date().toISOString()}","events":[${jsons}]}`
}
