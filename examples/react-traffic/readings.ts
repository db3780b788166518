/** What this process does: its traffic by the sockets of a server, its processor and its memory. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Reading } from './topics.ts';

/** Gives a function that reads. It has to be called as often as a second has readings. */
export function readingsOf(server: Server, perSecond: number): () => Reading {
  const sockets = new Set<Socket>();
  const gone = { sentBytes: 0, receivedBytes: 0 };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      gone.sentBytes += socket.bytesWritten;
      gone.receivedBytes += socket.bytesRead;
    });
  });

  const totals = () => {
    const { user, system } = process.cpuUsage();
    const sum = { ...gone, cpuMs: (user + system) / 1_000, atMs: performance.now() };
    for (const socket of sockets) {
      sum.sentBytes += socket.bytesWritten;
      sum.receivedBytes += socket.bytesRead;
    }
    return sum;
  };
  const past = [totals()];
  return () => {
    const now = totals();
    const before = past.length > perSecond ? (past.shift() ?? now) : (past[0] ?? now);
    past.push(now);
    const passedMs = Math.max(1, now.atMs - before.atMs);
    const rate = (key: 'sentBytes' | 'receivedBytes'): number =>
      Math.round(((now[key] - before[key]) / passedMs) * 1_000);
    return {
      sentBytes: rate('sentBytes'),
      receivedBytes: rate('receivedBytes'),
      cpuShare: (now.cpuMs - before.cpuMs) / passedMs,
      memoryBytes: process.memoryUsage.rss(),
    };
  };
}
