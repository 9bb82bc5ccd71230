/** Sends what waits, in order: one tab at a time, later where the server or the network says so. */

import { batchOf, bodyOf, type Item, type Kept, type Level, REQUEST_BYTES } from './item'
import type { Queue } from './queue'

const LONGEST_PAUSE_MS = 60_000
const LONGEST_ASKED_MS = 600_000
const PATIENCE_MS = 30_000
/** Of what this page has said, the newest that are sent with its end. */
const MINE = 200

/** A token, or what gets one: called with true when the last one was refused. */
export type Token = string | ((renew: boolean) => string | Promise<string>)

/** What became of items that are given up: `code` is the server's, `queue_full`, `queue_failed` or `expired`. */
export interface Loss {
  code: string
  items: number
  status?: number
}

export interface Sending {
  url: string
  token: Token
  /** Names the lock that tabs share. */
  name: string
  queue: Promise<Queue>
  /** The level that holds now; below 2 nothing may leave. */
  level(): Level
  lost(loss: Loss): void
  /** ms between an item and its request, in which others may join it. */
  delay: number
}

/** An item of this page that may have to leave with it; its key is there once it lies in the queue. */
interface Mine extends Item {
  key?: number
}

interface Answered {
  status: number
  /** ms to wait before the next attempt. */
  pause: number
  said: { code?: string; results?: { status: string; code?: string }[] } | undefined
}

export interface Delivery {
  /** Keeps an item, and sends it soon. */
  take(item: Mine): void
  /** Sends until nothing waits (true), or until it is to try again later. */
  drain(): Promise<boolean>
  /** Empties the queue and stops what is on its way. */
  forget(): void
  /** What is this page's and not known to have arrived leaves with the page; what that loses is sent by the next. */
  part(): void
}

export function delivery({ url, token, name, queue, level, lost, delay }: Sending): Delivery {
  let mine: Mine[] = []
  let held = ''
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let draining: Promise<boolean> | undefined
  let stop = new AbortController()

  const get = async (renew: boolean): Promise<string> => (typeof token === 'string' ? token : token(renew))

  const soon = (ms: number): void => {
    timer ??= setTimeout(drain, ms)
  }

  const cut = (): void => {
    stop.abort()
    stop = new AbortController()
  }

  const post = async (batch: Item[], keepalive: boolean): Promise<Answered> => {
    const { path, level: recorded } = batch[0] as Item
    const patience = setTimeout(cut, PATIENCE_MS)
    try {
      const answer = await fetch(url + path, {
        method: 'POST',
        body: bodyOf(batch),
        keepalive,
        credentials: 'omit',
        signal: stop.signal,
        headers: {
          Authorization: `Bearer ${held}`,
          'Content-Type': 'application/json',
          'X-Consent-Level': `${Math.min(recorded, level())}`,
        },
      })
      const said = await answer.json().catch(() => {})
      // a network that asks for a sign-in says 200 to everything
      return { status: answer.ok && !said ? 502 : answer.status, pause: asked(answer.headers.get('Retry-After')), said }
    } finally {
      clearTimeout(patience)
    }
  }

  const settle = async (batch: Mine[]): Promise<void> => {
    const keys = batch.flatMap(item => item.key ?? [])
    mine = mine.filter(item => !batch.includes(item) && !keys.includes(item.key as number))
    await (await queue).remove(keys)
  }

  /** Tells what the server did not take. */
  const tell = (batch: Item[], { status, said }: Answered): void => {
    const refused = said?.results?.filter(one => one.status !== 'accepted') ?? (status < 300 ? [] : batch)
    const [first] = refused as { code?: string }[]
    if (first) lost({ code: first.code ?? said?.code ?? `${status}`, items: refused.length, status })
  }

  /** One batch; 0 when it is done with, else ms until the next attempt. */
  const send = async (batch: Kept[]): Promise<number> => {
    let asked = 0
    try {
      held ||= await get(false)
      let answer = await post(batch, false)
      if (answer.status === 401) {
        held = await get(true)
        answer = await post(batch, false)
      }
      const { status, pause } = answer
      if (status < 500 && ![401, 408, 425, 429].includes(status)) {
        failures = 0
        tell(batch, answer)
        await settle(batch)
        return 0
      }
      asked = pause
    } catch {}
    return asked + 1 + Math.random() * Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** failures++)
  }

  const all = async (): Promise<boolean> => {
    const waiting = await queue
    while (level() > 1 && navigator.onLine) {
      const batch = await waiting.next(batchOf)
      if (!batch.length) {
        mine = mine.filter(item => !item.key)
        return true
      }
      const pause = await send(batch)
      if (pause) {
        clearTimeout(timer)
        timer = setTimeout(drain, pause)
        break
      }
    }
    return false
  }

  const drain = (): Promise<boolean> => {
    clearTimeout(timer)
    timer = undefined
    draining ??= navigator.locks
      .request(name, all)
      .catch(() => false)
      .finally(() => {
        draining = undefined
      })
    return draining
  }

  return {
    take(item) {
      mine.push(item)
      if (mine.length > MINE) mine.shift()
      queue
        .then(waiting => waiting.add(item))
        .then(key => {
          item.key = key
          soon(delay)
        })
        .catch(() => lost({ code: 'queue_failed', items: 1 }))
    },
    drain,
    forget() {
      cut()
      mine = []
      queue.then(waiting => waiting.clear()).catch(() => {})
    },
    part() {
      let room = REQUEST_BYTES
      for (let left = mine; held && left.length && level() > 1; ) {
        const batch = batchOf(left)
        for (const item of batch) room -= item.bytes + 1
        if (room < 0) break
        left = left.slice(batch.length)
        post(batch, true)
          .then(({ status }) => (status < 300 ? settle(batch) : undefined))
          .catch(() => {})
      }
    },
  }
}

/** ms that Retry-After asks for, in seconds or as a date. */
function asked(given: string | null): number {
  const ms = given ? (+given ? +given * 1000 : Date.parse(given) - Date.now()) : 0
  return Math.min(Math.max(ms || 0, 0), LONGEST_ASKED_MS)
}
