// Three players, each set up as its own manual has it, with the events that Kinelake's manual recommends; and once more
// by the snippet of Kinelake's manual itself, with nothing beside it.

import { MANUAL } from '/manual.js';

const EVENTS = ['ps', 't', 'e', 'bc', 'pr', 'c'];
const KEYS = ['ab', 'bg', 'bl', 'br', 'bsa', 'bsd', 'bsda', 'cid', 'dfa', 'e', 'ec', 'msd', 'mtp', 'pb', 'pr', 'pt',
  'sf', 'sid', 'sn', 'st', 'sta', 'ts', 'v'];
const BUFFER_SECONDS = 4;

const script = (path) => new Promise((loaded, failed) => {
  document.head.append(Object.assign(document.createElement('script'), { src: `/npm/${path}`, onload: loaded, onerror: failed }));
});

const hls = (made) => async (video, film, ...told) => {
  await script('hls.js/dist/hls.min.js');
  const player = made(...told);
  player.attachMedia(video);
  player.loadSource(`${film}master.m3u8`);
  return player;
};

const dash = (configured) => async (video, film, ...told) => {
  await script('dashjs/dist/modern/umd/dash.all.min.js');
  const player = dashjs.MediaPlayer().create();
  configured(player, ...told);
  player.initialize(video, `${film}film.mpd`, false);
  return player;
};

// Its minified builds rename the member that states travel in (5.2.12), and so tell of none.
const shaka = (build, configured) => async (video, film, ...told) => {
  await script(`shaka-player/dist/shaka-player.${build}.js`);
  const player = new window.shaka.Player();
  configured(player, ...told);
  await player.attach(video);
  player.load(`${film}film.mpd`).catch((error) => { window.failed = String(error); });
  return player;
};

const hlsMade = (url, cid, interval) => {
  const target = { url, events: EVENTS, interval, batchSize: 1, version: 2 };
  const cmcd = { version: 2, contentId: cid, eventTargets: [target] };
  return new Hls({ maxBufferLength: BUFFER_SECONDS, maxMaxBufferLength: BUFFER_SECONDS, cmcd });
};

const dashConfigured = (player, url, cid, interval) => {
  const target = { enabled: true, url, events: EVENTS, interval, batchSize: 1, enabledKeys: KEYS };
  const cmcd = { enabled: true, version: 2, cid, eventTargets: [target] };
  const buffer = { bufferTimeDefault: BUFFER_SECONDS, bufferTimeAtTopQuality: BUFFER_SECONDS };
  player.updateSettings({ streaming: { cmcd, buffer } });
};

const shakaConfigured = (player, url, cid, interval) => {
  const target = { enabled: true, mode: 'event', url, events: EVENTS, interval, batchSize: 1, includeKeys: [], useHeaders: false };
  const cmcd = { enabled: true, version: 2, contentId: cid, eventTargets: [target] };
  player.configure({ cmcd, streaming: { bufferingGoal: BUFFER_SECONDS, rebufferingGoal: 1 } });
};

// What each needs: (video, where the film is, where reports go, content id, seconds between reports) → the player.
export const PLAYERS = {
  'hls.js': hls(hlsMade),
  'dash.js': dash(dashConfigured),
  'shaka-player': shaka('compiled.debug', shakaConfigured),
  'shaka-player-minified': shaka('compiled', shakaConfigured),
  'hls.js-manual': hls((...told) => MANUAL['hls.js'](Hls, ...told)),
  'dash.js-manual': dash(MANUAL['dash.js']),
  'shaka-player-manual': shaka('compiled.debug', MANUAL['shaka-player']),
};
