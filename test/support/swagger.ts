import type { Locator, Page } from 'playwright-core';

/** What Swagger shows of an answer. */
export interface ShownAnswer {
  status: number;
  body: unknown;
}

/** Swagger as somebody uses it: with the mouse and the keyboard. */
export class Swagger {
  private constructor(private readonly page: Page) {}

  static async open(page: Page, url: string): Promise<Swagger> {
    await page.goto(`${url}/docs`);
    await page.locator('.opblock').first().waitFor();
    return new Swagger(page);
  }

  /** Fills in one of the schemes behind the button "Authorize". */
  async authorize(scheme: 'account' | 'operator', username: string, password: string): Promise<void> {
    await this.page.locator('button.authorize').first().click();
    const form = this.page.locator('.auth-container', {
      has: this.page.locator('h4 code', { hasText: scheme }),
    });
    await form.getByLabel('Username').fill(username);
    await form.getByLabel('Password').fill(password);
    await form.locator('button.authorize').click();
    await form.getByRole('button', { name: 'Remove authorization' }).waitFor();
    await this.page.locator('.modal-ux .close-modal').click();
  }

  /** Opens an operation. */
  async operation(operationId: string): Promise<Operation> {
    const block = this.page.locator(`.opblock[id$="-${operationId}"]`);
    await block.locator('.opblock-summary-control').click();
    await block.locator('button.execute').waitFor();
    return new Operation(block);
  }
}

/** An operation that is open. */
export class Operation {
  constructor(readonly block: Locator) {}

  get body(): Locator {
    return this.block.locator('textarea.body-param__text');
  }

  parameter(name: string): Locator {
    return this.block.locator(`tr[data-param-name="${name}"]`).locator('input, select');
  }

  /** Sends what is filled in. @returns what is shown then, of an answer in JSON */
  async execute(): Promise<ShownAnswer> {
    await this.block.locator('button.execute').click();
    const row = this.block.locator('.live-responses-table .response');
    const status = await row.locator('.response-col_status').innerText();
    const body = await row.locator('.response-col_description code').first().innerText();
    return { status: Number.parseInt(status, 10), body: JSON.parse(body) as unknown };
  }
}
