import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { TokenBucket } from '../../src/server/tokenBucket.ts';

function bucketOf(perSecond: number, burst: number, startMs = 0) {
  const clock = { ms: startMs };
  return { clock, bucket: new TokenBucket(perSecond, burst, () => clock.ms) };
}

describe('a token bucket', () => {
  it('gives as many as it holds at once, and then says how long until the next', () => {
    const { bucket, clock } = bucketOf(10, 3);
    expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 0, 100]);
    clock.ms = 99;
    expect(bucket.take()).toBe(1);
    clock.ms = 100;
    expect(bucket.take()).toBe(0);
    expect(bucket.take()).toBe(100);
  });

  it('takes nothing where there is no room for all', () => {
    const { bucket } = bucketOf(1, 5);
    expect(bucket.take(4)).toBe(0);
    expect(bucket.take(3)).toBe(2_000);
    expect(bucket.take(1)).toBe(0);
  });

  it('says how long until there is room without taking any', () => {
    const { bucket } = bucketOf(1, 5);
    bucket.take(4);
    expect([bucket.untilRoom(1), bucket.untilRoom(3), bucket.untilRoom(6)]).toEqual([0, 2_000, Infinity]);
    expect([bucket.take(), bucket.take()]).toEqual([0, 1_000]);
  });

  it('never holds more than its burst, however long the rest', () => {
    const { bucket, clock } = bucketOf(1_000, 2);
    clock.ms = 1e9;
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 1]);
  });

  it('says that what is larger than its burst never fits', () => {
    expect(bucketOf(10, 5).bucket.take(6)).toBe(Infinity);
    expect(bucketOf(0, 0).bucket.take()).toBe(Infinity);
  });

  it('gives what it holds and no more where nothing is refilled', () => {
    const { bucket, clock } = bucketOf(0, 1);
    expect(bucket.take()).toBe(0);
    clock.ms = 1e12;
    expect(bucket.take()).toBe(Infinity);
  });

  it('always has room where the rate has no bound', () => {
    const { bucket } = bucketOf(Infinity, Infinity);
    expect([bucket.take(), bucket.take(1e9), bucket.take()]).toEqual([0, 0, 0]);
  });

  it('does not drift: a million takes at three per second, by a wall clock, each on its millisecond', () => {
    const start = 1.8e12;
    const { bucket, clock } = bucketOf(3, 10, start);
    bucket.take(10);
    for (let n = 1; n <= 1_000_000; n++) {
      const roomAt = start + Math.ceil((n * 1_000) / 3);
      clock.ms = roomAt - 1;
      if (bucket.take() !== 1) throw new Error(`take ${n} came too early`);
      clock.ms = roomAt;
      if (bucket.take() !== 0) throw new Error(`take ${n} came too late`);
    }
  });

  it('has room after exactly the wait that it named', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 10_000, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 500, noNaN: true }), fc.integer({ min: 1, max: 50 })), {
          maxLength: 30,
        }),
        (perSecond, burst, steps) => {
          const { bucket, clock } = bucketOf(perSecond, burst, 1.8e12);
          for (const [pauseMs, n] of steps) {
            clock.ms += pauseMs;
            const waitMs = bucket.take(n);
            if (n > burst) expect(waitMs).toBe(Infinity);
            else if (waitMs > 0) {
              clock.ms += waitMs;
              expect(bucket.take(n)).toBe(0);
            }
          }
        },
      ),
    );
  });

  it('never gives more than burst and rate allow, also where the clock goes back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 60 }),
        (perSecond, burst, pauses) => {
          const { bucket, clock } = bucketOf(perSecond, burst, 1e6);
          let taken = 0;
          let elapsedMs = 0;
          for (const pauseMs of pauses) {
            clock.ms += pauseMs;
            elapsedMs += Math.max(0, pauseMs);
            for (let n = 0; n < 30; n++) if (bucket.take() === 0) taken++;
          }
          expect(taken).toBeLessThanOrEqual(burst + (elapsedMs * perSecond) / 1_000 + 1e-6);
        },
      ),
    );
  });

  it('goes on refilling where the clock has gone back an hour', () => {
    const { bucket, clock } = bucketOf(10, 1, 1e9);
    expect(bucket.take()).toBe(0);
    clock.ms -= 3_600_000;
    expect(bucket.take()).toBe(100);
    clock.ms += 100;
    expect(bucket.take()).toBe(0);
  });
});
