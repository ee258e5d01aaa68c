import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { activate, newEmail, register, whoAmI } from '../support/client.js';
import { type Backend, describeOnBothBackends } from '../support/redis.js';
import { type Service, codeFor, startService } from '../support/service.js';

describeOnBothBackends('the journey of a person', (startBackend) => {
  let backend: Backend;
  let service: Service;

  beforeAll(async () => {
    backend = await startBackend();
    service = await startService(backend.variables);
  });

  afterAll(async () => {
    await service.stop();
    await backend.stop();
  });

  it('registers, gets a code by mail, activates with it and is active', async () => {
    const email = newEmail();
    const registered = await register(service.url, email);
    expect(registered.status).toBe(201);
    expect(registered.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      email,
      is_active: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });

    const code = await codeFor(service.mailbox, email);
    expect(code).toMatch(/^\d{6}$/);

    const activated = await activate(service.url, email, code);
    expect(activated.status).toBe(200);
    expect(activated.body).toEqual({
      message: 'Account activated successfully',
      user_id: registered.body['id'],
      is_active: true,
      activated_at: expect.any(String),
    });

    const me = await whoAmI(service.url, email);
    expect(me.status).toBe(200);
    expect(me.body).toEqual({
      id: registered.body['id'],
      email,
      is_active: true,
      created_at: registered.body['created_at'],
      activated_at: activated.body['activated_at'],
    });
  });
});
