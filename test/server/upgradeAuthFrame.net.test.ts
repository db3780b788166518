import { describe, expect, it } from 'vitest';
import { TODAY, attached, ask } from './upgradeDoor.ts';

describe('the token of an auth frame', () => {
  it('is shown to authenticate with what was said at the beginning', async () => {
    const seen: (string | undefined)[][] = [];
    const { port, accepted } = await attached({
      options: {
        authenticate: ({ token, clientId, url }) => {
          seen.push([token, clientId, url.search]);
          return token === 'bad' ? null : { id: 'ada', expiresAt: TODAY + 5 };
        },
      },
    });
    await ask(port, '/ws/a?x');
    const { reauthenticate } = await accepted.next();
    expect(await reauthenticate?.('fresh')).toEqual({ id: 'ada', expiresAt: TODAY + 5 });
    expect(await reauthenticate?.('bad')).toBeUndefined();
    expect(seen).toEqual([
      [undefined, 'a', '?x'],
      ['fresh', 'a', '?x'],
      ['bad', 'a', '?x'],
    ]);
  });

  it('is refused where authenticate rejects or takes too long, and the log holds no token', async () => {
    let signal: AbortSignal | undefined;
    const { port, accepted, bells, log } = await attached({
      options: {
        authenticate: (handshake) => {
          signal = handshake.signal;
          if (handshake.token === undefined) return { id: 'ada' };
          return handshake.token === 'SLOW' ? new Promise(() => undefined) : Promise.reject(new Error(handshake.token));
        },
      },
    });
    await ask(port, '/ws/a');
    const { reauthenticate } = await accepted.next();
    expect(await reauthenticate?.('SECRET')).toBeUndefined();
    const slow = reauthenticate?.('SLOW');
    bells.ring();
    expect(await slow).toBeUndefined();
    expect(signal?.aborted).toBe(true);
    expect(log).toHaveLength(2);
    expect(JSON.stringify(log)).not.toMatch(/SECRET|SLOW/u);
    expect(bells.delays).toEqual([]);
  });

  it('has nobody to ask where there is no authenticate', async () => {
    const { port, accepted } = await attached();
    await ask(port, '/ws/a');
    expect((await accepted.next()).reauthenticate).toBeUndefined();
  });
});
