import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { playback } from '../src/playback'

Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true })

type Said = { event: string; sequence: number; timestamp: Date; data: Record<string, unknown> }

class Video extends EventTarget {
  currentTime = 0
  duration = 100
  paused = true
  seeking = false
  ended = false
  readyState = 4
  playbackRate = 1
  currentSrc = 'film'
  videoWidth = 640
  videoHeight = 360
  error: { code: number; message: string } | undefined

  says(...names: string[]): void {
    for (const name of names) this.dispatchEvent(new Event(name))
  }

  /** Plays so long, telling the time four times a second, as browsers do. */
  plays(seconds: number): void {
    for (let quarter = 0; quarter < seconds * 4; quarter++) {
      mock.timers.tick(250)
      this.currentTime += 0.25 * this.playbackRate
      this.says('timeupdate')
    }
  }

  begins(): void {
    this.paused = false
    this.says('play', 'playing')
  }
}

function followed(): [Video, Said[], ReturnType<typeof playback>] {
  const video = new Video()
  const said: Said[] = []
  const record = (event: object): void => void said.push(event as Said)
  const following = playback(video as unknown as HTMLVideoElement, { mediaId: 'm' }, record, () => {})
  following.start()
  return [video, said, following]
}

const names = (said: Said[]): string[] => said.map(one => one.event)

function timed(name: string, work: () => void): void {
  test(name, () => {
    mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
    try {
      work()
    } finally {
      mock.timers.reset()
    }
  })
}

timed('a film that nobody plays says nothing', () => {
  const [video, said, following] = followed()
  video.says('loadedmetadata', 'seeking', 'seeked', 'pause')
  following.detach()
  assert.deepEqual(said, [])
})

timed('a session begins when playing is asked for, and says how long the first frame took', () => {
  const [video, said] = followed()
  video.paused = false
  video.says('play', 'waiting')
  mock.timers.tick(800)
  video.says('playing')
  assert.deepEqual(names(said), ['session_start', 'play'])
  assert.equal(said[0]?.timestamp.getTime(), 1_000_000)
  assert.equal(said[0]?.data.video_load_time_ms, 800)
})

timed('a heartbeat comes after each ten seconds of playing, not of time', () => {
  const [video, said] = followed()
  video.begins()
  video.plays(9)
  video.paused = true
  video.says('pause')
  mock.timers.tick(60_000)
  video.paused = false
  video.says('play', 'playing')
  assert.ok(!names(said).includes('heartbeat'))
  video.plays(1)
  const beat = said.find(one => one.event === 'heartbeat')
  assert.deepEqual([beat?.data.watched_seconds, beat?.data.position_seconds], [10, 10])
})

timed('waiting while playing is a stall, waiting in a seek is none', () => {
  const [video, said] = followed()
  video.begins()
  video.plays(2)
  video.says('waiting')
  mock.timers.tick(1500)
  video.says('playing')
  video.plays(1)
  video.seeking = true
  video.currentTime = 50
  video.says('seeking', 'waiting')
  mock.timers.tick(700)
  video.seeking = false
  video.says('seeked', 'playing')
  assert.deepEqual(names(said).slice(2), ['buffering_start', 'buffering_end', 'seek', 'buffering_start', 'play'])
  assert.equal(said[3]?.data.duration_ms, 1500)
  assert.deepEqual(said[4]?.data, { from_seconds: 3, to_seconds: 50 })
  assert.equal((said[6]?.timestamp.getTime() ?? 0) - (said[4]?.timestamp.getTime() ?? 0), 700)
})

timed('a speed of 0 is a stall, and its end is told by the speed', () => {
  const [video, said] = followed()
  video.begins()
  video.plays(2)
  video.playbackRate = 0
  video.says('ratechange')
  mock.timers.tick(1500)
  video.says('playing', 'timeupdate')
  video.playbackRate = 1.5
  video.says('ratechange')
  video.plays(2)
  video.paused = true
  video.says('pause')
  assert.deepEqual(names(said).slice(2), ['buffering_start', 'buffering_end', 'heartbeat', 'pause'])
  assert.equal(said[3]?.data.duration_ms, 1500)
  assert.equal(said[4]?.data.playback_rate, 1.5)
  assert.equal(said[4]?.data.watched_seconds, 2)
})

timed('a seek starts where the playhead was, whatever is said before it is', () => {
  const [video, said] = followed()
  video.begins()
  video.plays(2)
  video.seeking = true
  video.currentTime = 5
  video.playbackRate = 2
  video.says('timeupdate', 'ratechange', 'seeking')
  video.seeking = false
  video.says('seeked', 'playing')
  assert.deepEqual(names(said).slice(2), ['seek', 'buffering_start', 'play', 'heartbeat'])
  assert.deepEqual(said[2]?.data, { from_seconds: 2, to_seconds: 5 })
})

timed('a playhead that is dragged is one seek', () => {
  const [video, said] = followed()
  video.begins()
  video.plays(2)
  video.paused = true
  video.says('pause')
  for (const to of [10, 20, 30]) {
    video.currentTime = to
    video.says('seeking', 'seeked')
    mock.timers.tick(100)
  }
  mock.timers.tick(300)
  assert.deepEqual(names(said).slice(2), ['pause', 'seek'])
  assert.deepEqual(said.at(-1)?.data, { from_seconds: 2, to_seconds: 30 })
})

timed('milestones are what playing reaches, each once', () => {
  const [video, said, following] = followed()
  video.begins()
  video.plays(30)
  video.seeking = true
  video.currentTime = 60
  video.says('seeking')
  video.seeking = false
  video.says('seeked', 'playing')
  video.plays(40)
  following.detach()
  const reached = said.filter(one => one.event === 'milestone').map(one => one.data.percent)
  assert.deepEqual(reached, [25, 75, 95])
  assert.equal(said.at(-1)?.data.final_status, 'completed')
})

timed('another speed is told at once', () => {
  const [video, said] = followed()
  video.begins()
  video.plays(1)
  video.playbackRate = 2
  video.says('ratechange')
  assert.deepEqual([said.at(-1)?.event, said.at(-1)?.data.playback_rate], ['heartbeat', 2])
})

timed('an error of the element is fatal, and what plays after it plays again', () => {
  const [video, said] = followed()
  video.begins()
  video.plays(1)
  video.error = { code: 2, message: 'gone' }
  video.says('error', 'playing')
  assert.deepEqual(names(said).slice(2), ['error', 'play'])
  assert.equal(said[2]?.data.error_code, 'MEDIA_ERR_NETWORK')
})

timed('after the end of a page another session begins, from 0', () => {
  const [video, said, following] = followed()
  video.begins()
  video.plays(1)
  following.leave(true)
  following.start()
  video.plays(1)
  following.detach()
  assert.deepEqual(names(said), ['session_start', 'play', 'session_end', 'session_start', 'play', 'session_end'])
  assert.deepEqual(
    said.map(one => one.sequence),
    [0, 1, 2, 0, 1, 2],
  )
})

timed('without consent nobody looks', () => {
  const [video, said, following] = followed()
  following.stop()
  video.begins()
  video.plays(20)
  assert.deepEqual(said, [])
})
