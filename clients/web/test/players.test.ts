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
const PICTURE = new EventTarget()
const LOW = { width: 640, height: 360, bitrate: 400_000 }

test('hls.js tells what plays, its levels and its errors', () => {
  const player = Object.assign(new EventEmitter(), { levels: [LOW, HIGH], currentLevel: -1, autoLevelEnabled: true })
  const [all, to] = told()
  const off = listen(player, PICTURE, to)
  player.currentLevel = 0
  player.emit('hlsFragBuffered')
  player.currentLevel = 1
  player.emit('hlsLevelSwitched')
  player.emit('hlsError', 'hlsError', { details: 'fragLoadError', fatal: false, error: new Error('404') })
  off()
  player.emit('hlsLevelSwitched')
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
  listen(player, PICTURE, to)
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
  const player: Player = Object.assign(target, { getVariantTracks: () => [{ active: false }, track] })
  const [all, to] = told()
  listen(player, PICTURE, to)
  target.dispatchEvent(Object.assign(new Event('adaptation'), { newTrack: { ...track, bandwidth: 764_000 } }))
  target.dispatchEvent(Object.assign(new Event('variantchanged'), { newTrack: track }))
  target.dispatchEvent(Object.assign(new Event('error'), { detail: { code: 1001, severity: 2 } }))
  assert.deepEqual(all, [
    [{ bitrate: 464_000, resolution: '640x360' }, undefined],
    [{ bitrate: 764_000, resolution: '640x360' }, true],
    [{ bitrate: 464_000, resolution: '640x360' }, false],
    ['1001', undefined, true],
  ])
})

test('Shaka tells of what it loads once the picture has its size, at once where sizes are not what it says', () => {
  const target = new EventTarget()
  const player: Player = Object.assign(target, { getVariantTracks: () => [{ ...HIGH, active: true }] })
  const video = Object.assign(new EventTarget(), { videoWidth: 0, videoHeight: 0 })
  const sees = ({ width, height }: typeof HIGH) => {
    Object.assign(video, { videoWidth: width, videoHeight: height }).dispatchEvent(new Event('resize'))
  }
  const loads = (track: object) =>
    target.dispatchEvent(Object.assign(new Event('adaptation'), { newTrack: { ...track, active: true } }))
  const [all, to] = told()
  listen(player, video, to)
  sees(HIGH)
  loads(LOW)
  loads(HIGH)
  const before = all.length
  sees(LOW)
  sees(HIGH)
  assert.deepEqual(
    all.slice(before).map(([one]) => (one as { bitrate: number }).bitrate),
    [400_000, 2_000_000],
  )
  assert.ok(!all.slice(0, before).some(([one]) => (one as { bitrate: number }).bitrate === 400_000))
  sees({ width: 1, height: 1, bitrate: 0 })
  loads(LOW)
  assert.deepEqual(all.at(-1), [{ bitrate: 400_000, resolution: '640x360' }, true])
})

test('an element without a player has nothing to tell', () => {
  const [all, to] = told()
  listen(undefined, PICTURE, to)()
  assert.deepEqual(all, [])
  assert.equal(manifest(undefined), undefined)
})
