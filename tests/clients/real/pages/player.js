// A viewer: plays what the query says, and keeps what the video element itself did. `window.done` is true at the end.

import { PLAYERS } from './players.js';

const asked = new URLSearchParams(location.search);
const [name, report, scenario] = ['player', 'report', 'scenario'].map((key) => asked.get(key));
const film = new URL(asked.get('film'), location).href;
const interval = Number(asked.get('interval') ?? 5);
const video = document.getElementById('video');
video.muted = true;

const STEP_MS = 20;
const rest = (ms) => new Promise((over) => { setTimeout(over, ms); });
const until = async (holds) => { while (!holds()) await rest(STEP_MS); };

// Seconds so far, by what the element did between two looks: [Unix ms, played, stalled, seeking].
window.truth = [];
const total = { played: 0, stalled: 0, seeking: 0 };
let started = false;
let still = 0;
let before = { at: performance.now(), position: 0 };
const looking = setInterval(() => {
  const now = { at: performance.now(), position: video.currentTime };
  const seconds = (now.at - before.at) / 1000;
  const moves = now.position !== before.position;
  started ||= moves && !video.paused;
  const state = video.seeking ? 'seeking' : moves ? 'played' : 'stalled';
  if (started && !video.paused && !video.ended) total[state] += seconds;
  still = started && !video.paused && state === 'stalled' ? still + seconds : 0;
  window.truth.push([Date.now(), total.played, total.stalled, total.seeking]);
  before = now;
}, STEP_MS);

const passed = async (seconds) => {
  const goal = video.currentTime + seconds;
  await until(() => video.currentTime >= goal || video.ended);
};
const seek = async (to) => { video.currentTime = to; await until(() => !video.seeking); };
const slow = (bytes) => fetch(`/slow/${name}?bytes=${bytes}`, { method: 'POST' });
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
  async closed() {
    await until(() => video.readyState >= 3);
    await play();
    await passed(4);
  },
};

const destroy = await PLAYERS[name](video, film, report, asked.get('cid') ?? 'film-1', interval);
await SCENARIOS[scenario]();
await destroy();
clearInterval(looking);
window.done = true;
