import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { type Listener, listen, manifest, type Player } from '../src/players'

type Told = unknown[][]

function told(): [Told, Listener] {
  const all: Told = []
  return [all, { quality: (...given) => all.push(given), error: (...given) => all.push(given) }]
}

const HIGH = { width: 1280, height: 720, bitrate: 2_000_000 }
const LOW = { width: 640, height: 360, bitrate: 400_000 }

test('hls.js tells what plays, its levels and its errors', () => {
  const player = Object.assign(new EventEmitter(), { levels: [LOW, HIGH], currentLevel: 0, autoLevelEnabled: true })
  const [all, to] = told()
  const off = listen(player, to)
  player.emit('hlsLevelSwitched', 'hlsLevelSwitched', { level: 1 })
  player.emit('hlsError', 'hlsError', { details: 'fragLoadError', fatal: false, error: new Error('404') })
  off()
  player.emit('hlsLevelSwitched', 'hlsLevelSwitched', { level: 0 })
  assert.deepEqual(all, [
    [{ bitrate: 400_000, resolution: '640x360' }, true],
    [{ bitrate: 2_000_000, resolution: '1280x720' }, true],
    ['fragLoadError', '404', false],
  ])
})

test('dash.js tells the video of what plays and its errors, without saying whether they are fatal', () => {
  const now = { width: 640, height: 360, bandwidth: 400_000 }
  const player = Object.assign(new EventEmitter(), { getCurrentRepresentationForType: () => now })
  const [all, to] = told()
  listen(player, to)
  player.emit('qualityChangeRendered', { mediaType: 'audio', newRepresentation: { bandwidth: 64_000 } })
  player.emit('qualityChangeRendered', { mediaType: 'video', newRepresentation: { ...now, bandwidth: 900_000 } })
  player.emit('error', { error: { code: 27, message: 'gone' } })
  assert.deepEqual(all, [
    [{ bitrate: 400_000, resolution: '640x360' }, undefined],
    [{ bitrate: 900_000, resolution: '640x360' }, undefined],
    ['27', 'gone'],
  ])
})

test('Shaka tells the track that is active, its changes and its errors', () => {
  const target = new EventTarget()
  const track = { active: true, width: 640, height: 360, bandwidth: 464_000 }
  const player: Player = Object.assign(target, {
    getVariantTracks: () => [{ active: false }, track],
    getConfiguration: () => ({ abr: { enabled: false } }),
  })
  const [all, to] = told()
  listen(player, to)
  target.dispatchEvent(Object.assign(new Event('adaptation'), { newTrack: { ...track, bandwidth: 764_000 } }))
  target.dispatchEvent(Object.assign(new Event('error'), { detail: { code: 1001, severity: 2 } }))
  assert.deepEqual(all, [
    [{ bitrate: 464_000, resolution: '640x360' }, false],
    [{ bitrate: 764_000, resolution: '640x360' }, false],
    ['1001', undefined, true],
  ])
})

test('an element without a player has nothing to tell', () => {
  const [all, to] = told()
  listen(undefined, to)()
  assert.deepEqual(all, [])
  assert.equal(manifest(undefined), undefined)
})
