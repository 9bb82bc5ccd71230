// A viewer: plays what the query says, and keeps what the video element itself did. `window.done` is true at the end.

import { PLAYERS } from './players.js';

const asked = new URLSearchParams(location.search);
const [name, report, scenario, token] = ['player', 'report', 'scenario', 'token'].map((key) => asked.get(key));
const film = new URL(asked.get('film'), location).href;
const interval = Number(asked.get('interval') ?? 5);
const content = asked.get('cid') ?? 'film-1';
const video = document.getElementById('video');
video.muted = true;

const STEP_MS = 20;
const rest = (ms) => new Promise((over) => { setTimeout(over, ms); });
const until = async (holds) => { while (!holds()) await rest(STEP_MS); };

// Seconds so far, by what the element did between two looks: [Unix ms, played, stalled, seeking], and how often it stalled.
window.truth = [];
// Pictures of which size were seen from when on: [Unix ms, width x height].
window.shown = [];
const total = { played: 0, stalled: 0, seeking: 0, stalls: 0 };
let started = false;
let still = 0;
let waits = false;
let sought = true;
let before = { at: performance.now(), position: 0 };
const look = () => {
  const now = { at: performance.now(), position: video.currentTime };
  const seconds = (now.at - before.at) / 1000;
  const moves = now.position !== before.position;
  started ||= moves && !video.paused;
  const state = video.seeking ? 'seeking' : moves ? 'played' : 'stalled';
  if (started && !video.paused && !video.ended) total[state] += seconds;
  still = started && !video.paused && state === 'stalled' ? still + seconds : 0;
  count();
  window.truth.push([Date.now(), total.played, total.stalled, total.seeking, total.stalls]);
  const size = `${video.videoWidth}x${video.videoHeight}`;
  if (video.videoWidth && window.shown.at(-1)?.[1] !== size) window.shown.push([Date.now(), size]);
  before = now;
};
// A wait for bytes is a stall, unless somebody sought and nothing has played since.
const count = () => {
  // Shaka has a speed of 0 rather than an element without bytes
  const waiting = (video.readyState < 3 || video.playbackRate === 0) && !video.paused && !video.seeking;
  if (video.seeking) sought = true;
  else if (waiting && !waits && !sought) total.stalls += 1;
  else if (!waiting && video.readyState >= 3) sought = false;
  waits = waiting;
};
const looking = setInterval(look, STEP_MS);
// a stall, and a picture, may be over before the next look
for (const event of ['waiting', 'playing', 'ratechange', 'resize']) video.addEventListener(event, look);

const passed = async (seconds) => {
  const goal = video.currentTime + seconds;
  await until(() => video.currentTime >= goal || video.ended);
};
const seek = async (to) => { video.currentTime = to; await until(() => !video.seeking); };
const slow = (bytes) => fetch(`/slow/${content}?bytes=${bytes}`, { method: 'POST' });
const play = async () => { await video.play(); };

const SCENARIOS = {
  async whole() {
    await until(() => video.readyState >= 3);
    await play();
    await passed(3);
    video.pause();
    await rest(1500);
    await play();
    await passed(2);
    await seek(16);
    await passed(2);
    video.playbackRate = 1.5;
    await passed(3);
    video.playbackRate = 1;
    await slow(6000);
    await until(() => still > 0.5);
    await rest(3000);
    await slow(0);
    await until(() => still === 0);
    await passed(2);
    video.pause();
    await seek(36);
    await rest(500);
    await play();
    await until(() => video.ended);
    await rest(500);
  },
  async missing() {
    await rest(2000);
  },
  async busy() {
    await until(() => video.readyState >= 3);
    while (!window.over) {
      await play();
      await passed(1);
      video.pause();
      await rest(200);
      if (video.currentTime > 30) await seek(0);
    }
  },
  async paused() {
    await until(() => video.readyState >= 3);
    for (const seconds of [2, 1]) {
      await play();
      await passed(seconds);
      video.pause();
      await rest(500);
    }
  },
  async closed() {
    await until(() => video.readyState >= 3);
    await play();
    await passed(4);
  },
  async lowered() {
    await until(() => video.readyState >= 3);
    await play();
    await passed(1);
    await LOWERED[name]();
    await until(() => video.videoWidth < window.shown[0][1].split('x')[0]);
    await passed(1);
  },
};

// Kinelake's own client beside the player.
const followed = async () => {
  const { kinelake } = await import('/kinelake.js');
  window.lost = [];
  const client = kinelake({ url: asked.get('to'), token, user: 'ann', delay: 50, onerror: (loss) => window.lost.push(loss) });
  client.consent(2);
  return { client, session: client.attach(video, { mediaId: `${content}-followed`, player }) };
};

// The lowest rendition from the next segment on, by the page's own choice.
const LOWERED = {
  'hls.js': () => { player.loadLevel = 0; },
  'dash.js': () => {
    player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } });
    player.setRepresentationForTypeByIndex('video', 0);
  },
  'shaka-player': () => {
    const [low] = player.getVariantTracks().sort((one, other) => one.bandwidth - other.bandwidth);
    player.selectVariantTrack(low);
  },
};

// What the player says it can show: [width x height, bit/s].
const renditions = () => {
  const all = player.levels ?? player.getVariantTracks?.() ?? player.getRepresentationsByType('video');
  return all.map((one) => [`${one.width}x${one.height}`, one.bitrate || one.bandwidth]);
};

const player = await PLAYERS[name](video, film, report, content, interval);
// When dash.js itself said that another rendition is seen: Unix ms.
window.said = [];
player.on?.('qualityChangeRendered', ({ mediaType }) => { if (mediaType === 'video') window.said.push(Date.now()); });
const following = token && await followed();
await SCENARIOS[scenario]();
window.renditions = scenario === 'missing' ? [] : renditions();
following?.session.detach();
await player.destroy();
clearInterval(looking);
if (following) { while (!await following.client.flush()) await rest(STEP_MS); }
window.done = true;
