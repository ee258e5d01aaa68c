import { request } from './client.js';

/** One line of /metrics: `name{label="value"} 1`. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Everything that /metrics says now. */
export async function samples({ url }: { url: string }): Promise<Sample[]> {
  const { text } = await request(url, 'GET', '/metrics');
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parse);
}

/** One value; 0 for a counter that has not moved yet. */
export async function metric(
  service: { url: string },
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const found = (await samples(service)).filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return found.reduce((sum, { value }) => sum + value, 0);
}

/** By how much each of some counters moved while `work` ran; those that did not are left out. */
export async function movement(
  service: { url: string },
  names: RegExp,
  work: () => Promise<unknown>,
): Promise<Record<string, number>> {
  const before = await values(service, names);
  await work();
  const after = await values(service, names);
  const moved = Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)] as const);
  return Object.fromEntries(moved.filter(([, difference]) => difference !== 0));
}

async function values(service: { url: string }, names: RegExp): Promise<Record<string, number>> {
  const wanted = (await samples(service)).filter(({ name }) => names.test(name));
  return Object.fromEntries(wanted.map(({ name, labels, value }) => [keyOf(name, labels), value]));
}

/** `mails_total sent` */
function keyOf(name: string, labels: Record<string, string>): string {
  return [name, ...Object.values(labels)].join(' ');
}

function parse(line: string): Sample {
  const [, name, pairs, value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)!;
  const labels = [...(pairs ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label!, text!]);
  return { name: name!, labels: Object.fromEntries(labels), value: value === 'Nan' ? NaN : Number(value) };
}
