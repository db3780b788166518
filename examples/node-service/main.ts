/** `npx tsx examples/node-service/main.ts`: the service beside its feed, which breaks down at every fifth order. Ctrl-C ends it. */
import { startFeed } from './feed.ts';

const token = 'a secret';
const feed = await startFeed(token);
let orders = 0;
const timer = setInterval(() => {
  feed.order();
  if (++orders % 5 === 0) feed.cut();
}, 1_000);
feed.server.on('connection', () => console.log('  the feed: welcome, your token is the right one'));

process.env['FEED_URL'] = feed.url;
process.env['FEED_TOKEN'] = token;
await import('./service.ts');

clearInterval(timer);
feed.server.close();
