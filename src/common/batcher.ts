/**
 * Makes one call for many. What comes while a call is under way waits for its end, and goes into the next one with all
 * that came meanwhile: nobody waits when there is little to do, and much takes few calls.
 */
export class Batcher<Item> {
  private items: Item[] = [];
  private next: Promise<void> | undefined;
  private last: Promise<void> = Promise.resolve();

  /** @param call for at least one item; it must end at some time, since what comes later waits for it */
  constructor(private readonly call: (items: Item[]) => Promise<void>) {}

  /** Ends with the call that the item went into, and throws what that throws. */
  add(item: Item): Promise<void> {
    this.items.push(item);
    return (this.next ??= this.last.then(() => this.callForAll()));
  }

  private callForAll(): Promise<void> {
    const items = this.items;
    this.items = [];
    this.next = undefined;
    const called = this.call(items);
    // A failure is for those who were in the call.
    this.last = called.catch(() => undefined);
    return called;
  }
}
