import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { editedMigrations, releaseBefore } from '../../tools/upgrade/release.mjs';
import { useCleanup } from '../support/cleanup.js';

const cleanup = useCleanup();

const repository = resolve(import.meta.dirname, '../..');

/** A repository of the test's own. */
class Planted {
  readonly folder = mkdtempSync(join(tmpdir(), 'registration-api-planted-'));

  constructor() {
    this.git('init', '--quiet');
    mkdirSync(join(this.folder, 'migrations'));
  }

  git(...words: string[]): void {
    const author = [
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@example.com',
      '-c',
      'commit.gpgsign=false',
    ];
    execFileSync('git', [...author, ...words], { cwd: this.folder, stdio: 'pipe' });
  }

  path(name: string): string {
    return join(this.folder, 'migrations', name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  commit(): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', 'a change');
  }

  async stop(): Promise<void> {
    rmSync(this.folder, { recursive: true });
  }
}

/** With two migrations, in the release v1.2.0. */
function released(): Planted {
  const planted = cleanup(new Planted());
  planted.write('0001_create_a.sql', 'create table a ();\n');
  planted.write('0002_create_b.sql', 'create table b ();\n');
  planted.commit();
  planted.git('tag', 'v1.2.0');
  return planted;
}

describe('migrations that were released', () => {
  it('are in this repository as they were', () => {
    const release = releaseBefore(repository);
    expect(release === undefined ? [] : editedMigrations(repository, release)).toEqual([]);
  });

  it('are missed when they were edited, renamed or removed, committed or not', () => {
    const planted = released();
    planted.write('0001_create_a.sql', 'create table a (id uuid);\n');
    planted.commit();
    renameSync(planted.path('0002_create_b.sql'), planted.path('0003_create_b.sql'));
    expect(editedMigrations(planted.folder, 'v1.2.0')).toEqual([
      'migrations/0001_create_a.sql',
      'migrations/0002_create_b.sql',
    ]);
  });

  it('may be followed by new ones', () => {
    const planted = released();
    planted.write('0003_create_c.sql', 'create table c ();\n');
    planted.commit();
    expect(editedMigrations(planted.folder, 'v1.2.0')).toEqual([]);
  });
});

describe('the release before this one', () => {
  it('is none as long as there is no tag of a release', () => {
    const planted = cleanup(new Planted());
    planted.write('0001_create_a.sql', 'create table a ();\n');
    planted.commit();
    planted.git('tag', 'not-a-release');
    expect(releaseBefore(planted.folder)).toBeUndefined();
  });

  it('is the newest tag, and on that tag itself the one before', () => {
    const planted = released();
    expect(releaseBefore(planted.folder)).toBeUndefined();
    planted.write('0003_create_c.sql', 'create table c ();\n');
    planted.commit();
    expect(releaseBefore(planted.folder)).toBe('v1.2.0');
    planted.git('tag', 'v1.3.0');
    expect(releaseBefore(planted.folder)).toBe('v1.2.0');
  });
});
