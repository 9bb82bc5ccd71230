import Hls from '/try/files/hls-1.7.4.min.js'
import { kinelake } from '/try/files/kinelake.js'

const FILM = '/try/film/master.m3u8'
const MEDIA = 'film-of-try'
const EVENTS = ['ps', 't', 'e', 'bc', 'pr', 'c']
const LOOK_MS = 1000

const state = document.querySelector('#state')
const buttons = Object.fromEntries(['begin', 'pause', 'seek', 'speed'].map(id => [id, document.getElementById(id)]))
const videos = [...document.querySelectorAll('video')]

/** Sessions by the section that shows them. */
const sessions = { cmcd: crypto.randomUUID(), client: '' }

function played(video, more) {
  const hls = new Hls({ enableWorker: false, maxBufferLength: 6, maxMaxBufferLength: 6, capLevelToPlayerSize: false, ...more })
  hls.loadSource(FILM)
  hls.attachMedia(video)
  return hls
}

function begun() {
  const duration = 30
  const url = `${location.origin}/v1/cmcd/${keys.key}?duration=${duration}&media_type=video`
  const target = { url, events: EVENTS, interval: 5, batchSize: 1, version: 2 }
  played(videos[0], { cmcd: { version: 2, sessionId: sessions.cmcd, contentId: MEDIA, eventTargets: [target] } })

  const client = kinelake({ token: keys.token, user: 'visitor', delay: 300 })
  client.consent(2)
  client.page('try')
  sessions.client = client.attach(videos[1], { mediaId: MEDIA, player: played(videos[1]) }).sessionId
  for (const video of videos) video.play().catch(() => {})
  state.textContent = 'Playing. Pause, seek or change the speed, also in a film alone: it lands within a second or two.'
  setInterval(look, LOOK_MS)
  for (const button of Object.values(buttons)) button.disabled = button === buttons.begin
}

async function asked(path) {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${keys.reader}` } })
  return answer.ok ? answer.json() : undefined
}

const seconds = value => (value == null ? '–' : `${value.toFixed(1)} s`)
const share = value => (value == null ? '–' : value.toFixed(3))
const score = value => (value == null ? '–' : value.toFixed(0))

function facts(media) {
  const bitrate = media.media_seconds ? media.bits / media.media_seconds / 1000 : undefined
  return {
    Status: media.status,
    Watched: seconds(media.watch_time_seconds),
    'Content seen': seconds(media.unique_seconds || undefined),
    Stalls: media.buffering_count,
    'Time to first frame': media.load_time_ms == null ? '–' : `${media.load_time_ms.toFixed(0)} ms`,
    Bitrate: bitrate == null ? '–' : `${bitrate.toFixed(0)} kbit/s`,
  }
}

function element(name, text, kind) {
  const made = document.createElement(name)
  made.textContent = text
  if (kind) made.className = kind
  return made
}

function row(...cells) {
  const made = document.createElement('tr')
  cells.forEach((text, place) => {
    made.append(place ? element('td', text, 'n') : element('td', text))
  })
  return made
}

function described(event) {
  const after = (Date.parse(event.received_at) - Date.parse(event.occurred_at)) / 1000
  const at = new Date(event.occurred_at).toLocaleTimeString([], { hour12: false })
  return row(event.event_type, at, seconds(event.position_seconds), `${Math.max(after, 0).toFixed(2)} s`)
}

function shown(section, { media, events }) {
  const [of] = media
  const list = Object.entries(facts(of)).map(([name, value]) => {
    const made = document.createElement('div')
    made.append(element('dt', name), element('dd', `${value}`))
    return made
  })
  section.querySelector('.facts').replaceChildren(...list)
  section.querySelector('tbody').replaceChildren(...events.reverse().map(described))
}

/** Section → how its sessions are asked for, what the table calls them, and how many there were before this page's. */
const doors = {
  cmcd: { source: 'cmcd', name: 'CMCD, public write key' },
  client: { source: 'token', name: 'Our client, token' },
}

async function quality({ source }) {
  const found = await asked(`/v1/media/qoe?period=1h&media_id=${MEDIA}&source=${source}&group_by=device_type`)
  return found?.stats[0] ?? { total_sessions: 0 }
}

async function look() {
  const told = await Promise.all(Object.values(doors).map(quality))
  const rows = Object.values(doors).map(({ name }, place) => {
    const of = told[place]
    const scores = [of.startup_score, of.smoothness_score].map(score)
    return row(name, `${of.total_sessions}`, ...scores, share(of.rebuffer_ratio))
  })
  document.querySelector('#qoe tbody').replaceChildren(...rows)
  Object.entries(doors).forEach(async ([section, door], place) => {
    door.before ??= told[place].total_sessions
    if (told[place].total_sessions === door.before) return
    const found = await asked(`/v1/media/sessions/${sessions[section]}`)
    if (found) shown(document.getElementById(section), found)
  })
}

const both = work => () => videos.forEach(work)

buttons.begin.addEventListener('click', begun)
buttons.pause.addEventListener('click', () => {
  const pause = !videos[1].paused
  buttons.pause.textContent = pause ? 'Play both' : 'Pause both'
  both(video => (pause ? video.pause() : video.play()))()
})
buttons.seek.addEventListener('click', both(video => { video.currentTime = 5 }))
buttons.speed.addEventListener('click', () => {
  const fast = buttons.speed.getAttribute('aria-pressed') === 'false'
  buttons.speed.setAttribute('aria-pressed', `${fast}`)
  both(video => { video.playbackRate = fast ? 2 : 1 })()
})

const keys = await (await fetch('/try/keys')).json()
await fetch(FILM)
await look()
buttons.begin.disabled = false
state.textContent = 'Nothing has been recorded yet.'
