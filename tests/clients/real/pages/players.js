// Three players, each set up as its own manual has it, with the events that Kinelake's manual recommends.

const EVENTS = ['ps', 't', 'e', 'bc', 'pr', 'c'];
const KEYS = ['ab', 'bg', 'bl', 'br', 'bsa', 'bsd', 'bsda', 'cid', 'dfa', 'e', 'ec', 'msd', 'mtp', 'pb', 'pr', 'pt',
  'sf', 'sid', 'sn', 'st', 'sta', 'ts', 'v'];
const BUFFER_SECONDS = 4;

const script = (path) => new Promise((loaded, failed) => {
  document.head.append(Object.assign(document.createElement('script'), { src: `/npm/${path}`, onload: loaded, onerror: failed }));
});

// Its minified builds rename the member that states travel in (5.2.12), and so tell of none.
const shaka = (build) => async (video, film, url, cid, interval) => {
  await script(`shaka-player/dist/shaka-player.${build}.js`);
  const target = { enabled: true, mode: 'event', url, events: EVENTS, interval, batchSize: 1, includeKeys: [], useHeaders: false };
  const cmcd = { enabled: true, version: 2, contentId: cid, eventTargets: [target] };
  const player = new window.shaka.Player();
  player.configure({ cmcd, streaming: { bufferingGoal: BUFFER_SECONDS, rebufferingGoal: 1 } });
  await player.attach(video);
  player.load(`${film}film.mpd`).catch((error) => { window.failed = String(error); });
  return () => player.destroy();
};

// What each needs: (video, where the film is, where reports go, content id, seconds between reports) → destroy().
export const PLAYERS = {
  'hls.js': async (video, film, url, cid, interval) => {
    await script('hls.js/dist/hls.min.js');
    const target = { url, events: EVENTS, interval, batchSize: 1, version: 2 };
    const cmcd = { version: 2, contentId: cid, eventTargets: [target] };
    const hls = new Hls({ maxBufferLength: BUFFER_SECONDS, maxMaxBufferLength: BUFFER_SECONDS, cmcd });
    hls.attachMedia(video);
    hls.loadSource(`${film}master.m3u8`);
    return () => hls.destroy();
  },
  'dash.js': async (video, film, url, cid, interval) => {
    await script('dashjs/dist/modern/umd/dash.all.min.js');
    const target = { enabled: true, url, events: EVENTS, interval, batchSize: 1, enabledKeys: KEYS };
    const cmcd = { enabled: true, version: 2, cid, eventTargets: [target] };
    const buffer = { bufferTimeDefault: BUFFER_SECONDS, bufferTimeAtTopQuality: BUFFER_SECONDS };
    const player = dashjs.MediaPlayer().create();
    player.updateSettings({ streaming: { cmcd, buffer } });
    player.initialize(video, `${film}film.mpd`, false);
    return () => player.destroy();
  },
  'shaka-player': shaka('compiled.debug'),
  'shaka-player-minified': shaka('compiled'),
};
