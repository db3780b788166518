import { StrictMode, type ReactNode } from 'react';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { useWebSocket, type UseWebSocketOptions } from '../../src/react/index.ts';
import { sharedAt, unshare } from '../../src/react/sharedConnections.ts';
import { drawn, fakeOptions, mount, mountHook, turn, until } from '../fixtures/react.tsx';
import { startServer } from '../fixtures/server.ts';

let tests = 0;

/** Hooks that share, at an address that no other test has. */
function sharing() {
  const fake = fakeOptions();
  const { WebSocket, clock } = fake.options;
  const url = `ws://fake.test/shared/${tests++}`;
  const share = (more: Partial<UseWebSocketOptions> = {}) =>
    mountHook(() => useWebSocket({ url, WebSocket, clock, heartbeat: false, share: true, ...more }));
  return { share, url, fake, sockets: fake.sockets };
}

describe('share', () => {
  it('all hooks with an address have one socket at a real server, in StrictMode, too', async () => {
    let sockets = 0;
    const server = await startServer(() => sockets++);
    const heard: string[] = [];
    const Shares = ({ name }: { readonly name: string }): ReactNode => {
      useWebSocket(server.url, { WebSocket, share: true, onMessage: () => heard.push(name) });
      return null;
    };
    const tree = mount(
      <StrictMode>
        <Shares name="a" />
        <Shares name="b" />
        <Shares name="c" />
      </StrictMode>,
    );
    const peer = await server.nextPeer();
    peer.socket.send('1');
    await until('all to hear it', () => heard.length >= 3);
    tree.unmount();
    await expect(peer.end()).resolves.toMatchObject({ code: 1000 });
    expect(heard).toEqual(['a', 'b', 'c']);
    expect(sockets).toBe(1);
  });

  it('the last that is unmounted hangs up, and nobody before', async () => {
    const { share, sockets, fake } = sharing();
    const [first, second] = [share(), share()];
    drawn(() => fake.socket.opens());
    first.unmount();
    await turn();
    expect(fake.socket.closes).toEqual([]);
    expect(second.current.isConnected).toBe(true);
    second.unmount();
    await turn();
    expect(fake.socket.closes).toMatchObject([{ code: 1000 }]);
    expect(sockets).toHaveLength(1);
  });

  it('one that comes in the same breath as the last goes takes the socket over', async () => {
    const { share, sockets, fake } = sharing();
    const first = share();
    drawn(() => fake.socket.opens());
    first.unmount();
    const second = share();
    await turn();
    expect(second.current.isConnected).toBe(true);
    expect(sockets).toHaveLength(1);
  });

  it('one that comes later dials anew', async () => {
    const { share, sockets, fake } = sharing();
    const first = share();
    drawn(() => fake.socket.opens());
    first.unmount();
    await turn();
    fake.socket.ends({ code: 1000 });
    await turn();
    const second = share();
    expect(sockets).toHaveLength(2);
    drawn(() => fake.socket.opens());
    expect(second.current.isConnected).toBe(true);
  });

  it('one that comes while the last socket is still closing dials once that is closed, and keeps what it gets', async () => {
    const { share, sockets, fake } = sharing();
    const first = share();
    drawn(() => fake.socket.opens());
    first.unmount();
    await turn();
    const second = share();
    expect(sockets).toHaveLength(1);
    drawn(() => fake.socket.ends({ code: 1000 }));
    expect(sockets).toHaveLength(2);
    drawn(() => fake.socket.opens());
    await turn();
    expect(second.current.isConnected).toBe(true);
    second.unmount();
    await turn();
    expect(fake.socket.closes).toMatchObject([{ code: 1000 }]);
  });

  it('hooks without it, and with another address, have sockets of their own', () => {
    const { share, sockets, url } = sharing();
    share();
    share({ share: false });
    share({ url: `${url}/other` });
    expect(sockets).toHaveLength(3);
  });

  it('an address is the same as a string and as a URL', () => {
    const { share, sockets, url } = sharing();
    share();
    share({ url: new URL(url) });
    expect(sockets).toHaveLength(1);
  });

  it('options of later ones count for nothing and make no other socket', () => {
    const { share, sockets } = sharing();
    share({ reconnectAttempts: 1 });
    share({ reconnectAttempts: 2 });
    expect(sockets).toHaveLength(1);
  });

  it('what one hook is told of, all are', () => {
    const { share, fake } = sharing();
    const closed: string[] = [];
    share({ onClose: () => closed.push('a') });
    share({ onClose: () => closed.push('b') });
    drawn(() => fake.socket.opens());
    drawn(() => fake.socket.ends());
    expect(closed).toEqual(['a', 'b']);
  });

  it('one that is disabled keeps nobody else from the socket', async () => {
    const { share, fake } = sharing();
    const first = share();
    const second = share({ enabled: false });
    drawn(() => fake.socket.opens());
    expect(second.current.isConnected).toBe(true);
    second.unmount();
    await turn();
    expect(first.current.isConnected).toBe(true);
  });

  it('reconnect() of one that is unmounted does not dial for the others', async () => {
    const { share, fake, sockets } = sharing();
    const [first, second] = [share(), share()];
    drawn(() => fake.socket.opens());
    const { reconnect } = first.current;
    first.unmount();
    drawn(() => second.current.disconnect());
    reconnect();
    await turn();
    expect(sockets).toHaveLength(1);
  });

  it('one that moves to another address leaves the socket to the others, and dials at once', async () => {
    const { fake, sockets, url } = sharing();
    const { WebSocket, clock } = fake.options;
    const at = (url: string) => () => useWebSocket({ url, WebSocket, clock, heartbeat: false, share: true });
    const stays = mountHook(at(url));
    const moves = mountHook(at(url));
    drawn(() => fake.socket.opens());
    moves.update(at(`${url}/other`));
    await until('the second socket', () => sockets.length === 2);
    expect(stays.current.isConnected).toBe(true);
    expect(fake.socket.url).toBe(`${url}/other`);
  });

  it('addresses that are dialled alike are one, however they are written', () => {
    const { share, sockets } = sharing();
    share({ url: 'ws://alike.test' });
    share({ url: new URL('ws://alike.test') });
    share({ url: 'http://alike.test/' });
    expect(sockets).toHaveLength(1);
  });

  it('who comes when it is open is told so, and of its close', async () => {
    const { share, fake } = sharing();
    share();
    drawn(() => fake.socket.opens('chat'));
    const told: unknown[] = [];
    share({
      onOpen: ({ protocol }) => told.push(['open', protocol]),
      onClose: ({ code }) => told.push(['close', code]),
    });
    await turn();
    drawn(() => fake.socket.ends({ code: 1012 }));
    expect(told).toEqual([
      ['open', 'chat'],
      ['close', 1012],
    ]);
  });

  it('who was drawn with a connection that is over by the time it is shown has another', async () => {
    const { share, url, fake, sockets } = sharing();
    share();
    drawn(() => fake.socket.opens());
    // What the last who shared it does when it is gone, between the render and its effect.
    const End = (): ReactNode => {
      const connection = sharedAt(url);
      if (connection === undefined || sockets.length > 1) return null;
      unshare(connection);
      connection.dispose();
      return null;
    };
    const { WebSocket, clock } = fake.options;
    const Late = (): ReactNode => (
      <>
        {useWebSocket({ url, WebSocket, clock, heartbeat: false, share: true }).state}
        <End />
      </>
    );
    const tree = mount(<Late />);
    await until('a socket of its own', () => sockets.length === 2);
    expect(tree.text).toBe('connecting');
  });
});
