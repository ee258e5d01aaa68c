import { describe, expect, it } from '@jest/globals';
import { useCleanup } from '../support/cleanup.js';
import { request } from '../support/client.js';
import { startService } from '../support/service.js';
import { all, newAddress, repeatedly } from '../support/visitor.js';

const cleanup = useCleanup();

/** A way to ask a new service whose clients are told apart as the setting says. */
async function startBehind(TRUST_PROXY: string) {
  const { url } = cleanup(await startService({ RATE_LIMIT_ENABLED: 'true', TRUST_PROXY }));
  return (headers: Record<string, string>) => request(url, 'POST', '/v1/registration', { body: {}, headers });
}

const forwardedFor = (...addresses: string[]) => ({ 'x-forwarded-for': addresses.join(', ') });

describe('without a trusted proxy', () => {
  it('nothing that a client says about itself makes it another one', async () => {
    const ask = await startBehind('false');
    const lies = [
      (address: string) => forwardedFor(address),
      (address: string) => forwardedFor(address, newAddress()),
      (address: string) => ({ forwarded: `for=${address};proto=https;by=${newAddress()}` }),
      (address: string) => ({ 'x-real-ip': address, 'x-client-ip': address, 'true-client-ip': address }),
      (address: string) => ({
        'cf-connecting-ip': address,
        'x-cluster-client-ip': address,
        via: `1.1 ${address}`,
      }),
    ];
    let next = 0;
    const lie = () => ask(lies[next++ % lies.length]!(newAddress()));
    expect(await repeatedly(40, lie)).toEqual(all(40, 422));
    expect(await repeatedly(lies.length, lie)).toEqual(all(lies.length, 429));
  });
});

describe('behind one trusted proxy', () => {
  it('the address that the proxy adds counts; what the client wrote before it does not', async () => {
    const ask = await startBehind('1');
    const address = newAddress();
    expect(await repeatedly(40, () => ask(forwardedFor(newAddress(), address)))).toEqual(all(40, 422));
    expect((await ask(forwardedFor(newAddress(), newAddress(), address))).status).toBe(429);
    expect((await ask(forwardedFor(address))).status).toBe(429);
    expect((await ask(forwardedFor(address, newAddress()))).status).toBe(422);
  });

  it('other headers change nothing', async () => {
    const ask = await startBehind('1');
    const address = newAddress();
    const lie = () =>
      ask({ ...forwardedFor(address), forwarded: `for=${newAddress()}`, 'x-real-ip': newAddress() });
    expect(await repeatedly(41, lie)).toEqual([...all(40, 422), 429]);
  });

  it('all of an IPv6 /64 are one client, and its neighbour is another one', async () => {
    const ask = await startBehind('1');
    let next = 1;
    const anew = () => ask(forwardedFor(`2001:db8:0:7:${(next++).toString(16)}:0:0:${next}`));
    expect(await repeatedly(41, anew)).toEqual([...all(40, 422), 429]);
    expect((await ask(forwardedFor('2001:db8:0:8::1'))).status).toBe(422);
  });

  it('a new port is no new client', async () => {
    const ask = await startBehind('1');
    const address = newAddress();
    let port = 50_000;
    const anew = () => ask(forwardedFor(`${address}:${port++}`));
    expect(await repeatedly(41, anew)).toEqual([...all(40, 422), 429]);
  });

  it('what is no address at all is one client, and no fault of ours', async () => {
    const ask = await startBehind('1');
    for (const nonsense of [
      'unknown',
      '-',
      '"',
      ',',
      '%00',
      '1.2.3',
      'x'.repeat(4_000),
      '::ffff:1.2.3.4.5',
    ]) {
      expect((await ask({ 'x-forwarded-for': nonsense })).status).toBe(422);
    }
  });
});

it('behind two trusted proxies the second address from the right counts', async () => {
  const ask = await startBehind('2');
  const [address, inner] = [newAddress(), newAddress()];
  expect(await repeatedly(40, () => ask(forwardedFor(newAddress(), address, inner)))).toEqual(all(40, 422));
  expect((await ask(forwardedFor(address, newAddress()))).status).toBe(429);
  expect((await ask(forwardedFor(newAddress(), inner))).status).toBe(422);
});

describe('behind trusted networks', () => {
  it('the right-most address outside of them counts', async () => {
    const ask = await startBehind('127.0.0.0/8, 192.168.0.0/16');
    const address = newAddress();
    const throughProxies = () => ask(forwardedFor(newAddress(), address, '192.168.1.1', '192.168.2.2'));
    expect(await repeatedly(40, throughProxies)).toEqual(all(40, 422));
    expect((await ask(forwardedFor('192.168.9.9', address, '192.168.1.1'))).status).toBe(429);
    expect((await ask(forwardedFor(address, newAddress(), '192.168.1.1'))).status).toBe(422);
  });

  it('a client that does not come through one of them is not believed', async () => {
    const ask = await startBehind('192.0.2.0/24');
    expect(await repeatedly(41, () => ask(forwardedFor(newAddress())))).toEqual([...all(40, 422), 429]);
  });
});
