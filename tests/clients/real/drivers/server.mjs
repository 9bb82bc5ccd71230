// A server that speaks through one of two SDKs: does what each line of its input says, a JSON object, and answers each
// with a line once it is done. Arguments: which SDK, the folder of its packages, where to, the write key.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [name, packages, url, writeKey] = process.argv.slice(2);
const require = createRequire(`${packages}/package.json`);
const FLUSH_MS = 200;

const SDKS = {
  'analytics-node': () => {
    const { Analytics } = require('@segment/analytics-node');
    const sdk = new Analytics({ writeKey, host: url, flushInterval: FLUSH_MS });
    return { sdk, flush: () => sdk.flush() };
  },
  'rudder-sdk-node': () => {
    const Analytics = require('@rudderstack/rudder-sdk-node');
    // without a handler, what it gives up after three tries ends the process
    const errorHandler = (error) => { console.error(String(error)); };
    const sdk = new Analytics(writeKey, { dataPlaneUrl: url, flushInterval: FLUSH_MS, logLevel: 'none', errorHandler });
    return { sdk, flush: () => new Promise((over) => { sdk.flush(over); }) };
  },
};

const { sdk, flush } = SDKS[name]();
for await (const line of createInterface({ input: process.stdin })) {
  const { call, ...item } = JSON.parse(line);
  if (call === 'flush') await flush();
  else sdk[call](item);
  console.log('done');
}
