import { Overloaded } from '../common/domain-error.js';

/** Lets in, in their order, as many at once as there is room for; the others wait until somebody has left. */
export class Turnstile {
  private present = 0;
  private inside = 0;
  private line: Promise<void> = Promise.resolve();
  private somebodyLeft: () => void = () => undefined;

  /** Nobody is inside, and nobody waits. */
  get isIdle(): boolean {
    return this.present === 0;
  }

  /**
   * @param room how many may be inside, at least one; asked again whenever somebody has left
   * @param until when somebody who still waits gives up, in the milliseconds of `performance.now()`
   * @param work what is done inside
   * @throws Overloaded when the turn does not come in time; what either throws
   */
  async through<T>(room: () => Promise<number>, until: number, work: () => Promise<T>): Promise<T> {
    this.present += 1;
    try {
      await this.enter(room, until);
      try {
        return await work();
      } finally {
        this.inside -= 1;
        this.somebodyLeft();
      }
    } finally {
      this.present -= 1;
    }
  }

  private enter(room: () => Promise<number>, until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let isGone = false;
      const timer = setTimeout(() => {
        isGone = true;
        reject(new Overloaded());
      }, until - performance.now());
      const turn = async () => {
        try {
          await this.waitForRoom(room, () => isGone);
          if (!isGone) this.inside += 1;
          resolve();
        } catch (error) {
          reject(error);
        } finally {
          clearTimeout(timer);
        }
      };
      this.line = this.line.then(turn);
    });
  }

  private async waitForRoom(room: () => Promise<number>, isGone: () => boolean): Promise<void> {
    while (!isGone()) {
      // Before the question: who leaves while it is asked may be counted twice, but never not at all.
      const { inside } = this;
      const left = new Promise<void>((resolve) => (this.somebodyLeft = resolve));
      if (inside < (await room())) return;
      await left;
    }
  }
}
