import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { libuvThreads, usableCores } from './usable-threads.js';

const limitedTo = (cores: number) => ({ cores: Math.min(cores, availableParallelism()), limited: true });

describe('usableCores', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'cpu-max-'));
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  const withCpuMax = (text: string) => {
    writeFileSync(join(directory, 'cpu.max'), text);
    return usableCores(join(directory, 'cpu.max'));
  };

  it('are those of the machine where no limit is set', () => {
    // Whoever runs the tests may be limited by other means.
    const machine = { cores: availableParallelism(), limited: availableParallelism() < cpus().length };
    expect(withCpuMax('max 100000\n')).toEqual(machine);
    expect(usableCores(join(directory, 'none'))).toEqual(machine);
  });

  it('are never more than the container may use, and at least one', () => {
    expect(withCpuMax('100000 100000\n')).toEqual(limitedTo(1));
    expect(withCpuMax('20000 100000\n')).toEqual(limitedTo(1));
    expect(withCpuMax('150000 100000\n')).toEqual(limitedTo(2));
    expect(withCpuMax('6400000 100000\n')).toEqual(limitedTo(64));
  });
});

describe('libuvThreads', () => {
  it.each([
    [undefined, 4],
    ['16', 16],
    ['1', 1],
    ['0', 1],
    ['', 1],
    ['many', 1],
    ['2 or so', 2],
    ['5000', 1024],
  ])('%j is read as libuv reads it', (value, threads) => {
    expect(libuvThreads(value)).toBe(threads);
  });
});
