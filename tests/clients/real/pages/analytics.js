// A page that speaks through one of two SDKs: `window.say(call, item)` once `window.ready` is true.

const asked = new URLSearchParams(location.search);
const [name, url, writeKey, how] = ['sdk', 'to', 'key', 'how'].map((key) => asked.get(key));
const options = JSON.parse(asked.get('options') ?? '{}');

const script = (path) => new Promise((loaded, failed) => {
  document.head.append(Object.assign(document.createElement('script'), { src: `/npm/${path}`, onload: loaded, onerror: failed }));
});

// The arguments that both take, by call; all of them take options at the end, which is where a context goes.
const ARGUMENTS = {
  track: (item) => [item.event, item.properties],
  page: (item) => [item.category ?? 'Docs', item.name, item.properties],
  screen: (item) => ['Docs', item.name, item.properties],
  identify: (item) => [item.userId, item.traits ?? {}],
  group: (item) => [item.groupId, item.traits ?? {}],
  alias: (item) => [item.userId, item.previousId],
};

const SDKS = {
  'analytics-next': async () => {
    await script('@segment/analytics-next/dist/umd/index.js');
    const delivery = how === 'batching' ? { deliveryStrategy: { strategy: 'batching', config: { size: 10, timeout: 60_000 } } } : {};
    const integrations = { 'Segment.io': { protocol: 'http', ...delivery } };
    const [sdk] = await AnalyticsNext.AnalyticsBrowser.load({ writeKey, cdnURL: url }, { integrations, ...options });
    return (call, item) => { sdk[call](...ARGUMENTS[call](item), item.context ? { context: item.context } : {}); };
  },
  'rudder-analytics-js': async () => {
    await script('@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js');
    const sdk = new rudderanalytics.RudderAnalytics();
    const delivery = how === 'beacon' ? { useBeacon: true } : {};
    sdk.load(writeKey, url, { configUrl: url, loadIntegration: false, logLevel: 'ERROR', ...delivery, ...options });
    await new Promise((loaded) => { sdk.ready(loaded); });
    return (call, item) => { sdk[call](...ARGUMENTS[call](item), item.context ?? {}); };
  },
};

window.say = await SDKS[name]();
window.ready = true;
