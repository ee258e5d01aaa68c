import { Transform, type TransformCallback } from 'node:stream';

/**
 * Passes on all that comes, when it has all come. nodemailer writes a message to its connection part by part: seven writes,
 * and as many TLS records, for one of a kilobyte.
 */
export class InOnePiece extends Transform {
  private readonly parts: Buffer[] = [];

  override _transform(part: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.parts.push(part);
    done();
  }

  override _flush(done: TransformCallback): void {
    done(null, Buffer.concat(this.parts));
  }
}
