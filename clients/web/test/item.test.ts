import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, bodyOf, type Item, type Level, MEDIA, POSE, REQUEST_BYTES, REQUEST_ITEMS, TRACK } from '../src/item'

const item = (path: string, bytes = 10, level: Level = 2): Item => ({ path, level, bytes, json: '{}' })
const many = (of: Item, count: number): Item[] => Array(count).fill(of)

test('a request has items of one route', () => {
  assert.equal(batchOf([item(MEDIA), item(MEDIA), item(TRACK), item(MEDIA)]).length, 2)
})

test('a request has items of one level of consent', () => {
  assert.equal(batchOf([item(MEDIA), item(MEDIA, 10, 3)]).length, 1)
})

test('frames go alone', () => {
  assert.equal(batchOf([item(POSE), item(POSE)]).length, 1)
})

test('a request has so many items at most', () => {
  assert.equal(batchOf(many(item(TRACK), 250)).length, REQUEST_ITEMS)
})

test('a request has so many bytes at most, but for an item that is larger by itself', () => {
  assert.equal(batchOf(many(item(TRACK, 25_000), 9)).length, Math.floor(REQUEST_BYTES / 25_001))
  assert.equal(batchOf([item(TRACK, 2 * REQUEST_BYTES), item(TRACK)]).length, 1)
})

test('nothing waits, nothing goes', () => {
  assert.deepEqual(batchOf([]), [])
})

test('events go as a batch that says when it was sent', () => {
  const body = JSON.parse(bodyOf(many(item(TRACK), 2)))
  assert.deepEqual(body.events, [{}, {}])
  assert.ok(Math.abs(Date.parse(body.sent_at) - Date.now()) < 1000)
})

test('frames go as they are', () => {
  assert.equal(bodyOf([{ ...item(POSE), json: '{"frames":[]}' }]), '{"frames":[]}')
})
