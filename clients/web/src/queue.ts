/** What waits to be sent: in IndexedDB, shared by all tabs of an origin. */

import type { Loss } from './delivery'
import type { Item, Kept } from './item'

/** An answer that never came is forgotten by the server a day later: sent again after that, an event counts twice. */
const REMEMBERED_MS = 23 * 3_600_000
/** How far one look goes. */
const LOOK = 100

export interface Queue {
  /** Keeps an item and returns its key; the oldest make room for it. */
  add(item: Item): Promise<number>
  /** What `chosen` takes of the oldest; it counts as tried from now on. */
  next(chosen: (items: Kept[]) => Kept[]): Promise<Kept[]>
  remove(keys: number[]): Promise<void>
  clear(): Promise<void>
}

/** How much waits, which all tabs count together. */
interface Totals {
  items: number
  bytes: number
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Opens the queue of that name. */
export async function opened(
  name: string,
  mostItems: number,
  mostBytes: number,
  lost: (loss: Loss) => void,
): Promise<Queue> {
  const request = indexedDB.open(name)
  request.onupgradeneeded = () => {
    request.result.createObjectStore('items', { keyPath: 'key', autoIncrement: true })
    request.result.createObjectStore('totals')
  }
  const db = await asked(request)

  /** Work within one transaction, which is on disk when it returns; what it drops because of `code` is told then. */
  const within = async <T>(
    code: string,
    work: (items: IDBObjectStore, totals: Totals, drop: (item: Kept) => void) => Promise<T>,
  ): Promise<T> => {
    const transaction = db.transaction(['items', 'totals'], 'readwrite')
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onabort = reject
    })
    const items = transaction.objectStore('items')
    const kept = transaction.objectStore('totals')
    const totals: Totals = (await asked<Totals | undefined>(kept.get(0))) ?? { items: 0, bytes: 0 }
    let dropped = 0
    const result = await work(items, totals, item => {
      items.delete(item.key)
      totals.items--
      totals.bytes -= item.bytes
      dropped++
    })
    kept.put(totals, 0)
    await done
    if (code && dropped) lost({ code, items: dropped })
    return result
  }

  return {
    add: item =>
      within('queue_full', async (items, totals, drop) => {
        const key = (await asked(items.add(item))) as number
        totals.items++
        totals.bytes += item.bytes
        while (totals.items > mostItems || totals.bytes > mostBytes) {
          drop((await asked<Kept[]>(items.getAll(null, 1)))[0] as Kept)
        }
        return key
      }),
    next: chosen =>
      within('expired', async (items, _, drop) => {
        const now = Date.now()
        const found = await asked<Kept[]>(items.getAll(null, LOOK))
        const fresh = found.filter(item => (item.tried ?? now) > now - REMEMBERED_MS || drop(item))
        const next = chosen(fresh)
        for (const item of next) items.put({ tried: now, ...item })
        return next
      }),
    remove: keys =>
      within('', async (items, _, drop) => {
        for (const key of keys) {
          const item = await asked<Kept | undefined>(items.get(key))
          if (item) drop(item)
        }
      }),
    clear: () =>
      within('', async (items, totals) => {
        items.clear()
        totals.items = totals.bytes = 0
      }),
  }
}
