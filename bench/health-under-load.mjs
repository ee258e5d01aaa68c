// How soon /health/live answers while every hash thread is busy: `npm run bench:health` (after `npm run build`).
// 16 clients register as fast as they are answered, at bcrypt cost 12, for 20 seconds.
import { measureRegistration } from './figures/registration.mjs';
import { install } from './parts/install.mjs';
import { preparePlace } from './parts/place.mjs';
import { endOnSignals } from './parts/signals.mjs';

const CLIENTS = 16;
const SECONDS = 20;

endOnSignals();
install({ betterAuth: false });
const place = await preparePlace({ durable: true, dialects: ['service'] });
const turn = await place.open('service');
const settings = { cost: 12, seconds: SECONDS, warmSeconds: 3, connections: CLIENTS };
const { perSecond, healthP50, healthP99, healthMax, healthFailed } = await measureRegistration(
  turn,
  place,
  settings,
);
await turn.close();
await place.stop();

const [p50, p99, most] = [healthP50, healthP99, healthMax].map((value) => value.toFixed(1));
console.log(`registrations  ${perSecond.toFixed(1)} a second with ${CLIENTS} clients at cost 12`);
console.log(`/health/live   p50 ${p50} ms, p99 ${p99} ms, max ${most} ms, ${healthFailed} without an answer`);
