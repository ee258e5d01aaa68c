import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultHashThreads } from './hash-threads.js';

describe('defaultHashThreads', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'cpu-max-'));
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  const withCpuMax = (text: string) => {
    writeFileSync(join(directory, 'cpu.max'), text);
    return defaultHashThreads(join(directory, 'cpu.max'));
  };

  it('are one more than cores where no limit is set', () => {
    expect(withCpuMax('max 100000\n')).toBe(availableParallelism() + 1);
    expect(defaultHashThreads(join(directory, 'none'))).toBe(availableParallelism() + 1);
  });

  it('are never more than the container may use, and at least one', () => {
    expect(withCpuMax('100000 100000\n')).toBe(1);
    expect(withCpuMax('20000 100000\n')).toBe(1);
    expect(withCpuMax('150000 100000\n')).toBe(Math.min(2, availableParallelism()));
    expect(withCpuMax('6400000 100000\n')).toBe(Math.min(64, availableParallelism()));
  });
});
