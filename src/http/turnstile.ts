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
   * @param work what is done inside
   * @throws what either throws
   */
  async through<T>(room: () => Promise<number>, work: () => Promise<T>): Promise<T> {
    this.present += 1;
    try {
      const turn = this.line.then(() => this.enter(room));
      this.line = turn.catch(() => undefined);
      await turn;
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

  private async enter(room: () => Promise<number>): Promise<void> {
    for (;;) {
      // Before the question: who leaves while it is asked may be counted twice, but never not at all.
      const { inside } = this;
      const left = new Promise<void>((resolve) => (this.somebodyLeft = resolve));
      if (inside < (await room())) break;
      await left;
    }
    this.inside += 1;
  }
}
