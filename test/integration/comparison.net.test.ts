/** The short form of `npm run bench:comparison`: it counts what it says it counts. */
import { expect, test } from 'vitest';
import { contenders } from '../../bench/comparison/contenders.ts';
import { cut } from '../../bench/comparison/questions.ts';

const confirmed = contenders["socketchart, `confirm: 'ping'`"];
const few = { cuts: 4, seed: 7 };

test("with confirm: 'ping' all that was sent while the line was cut arrives, in order", async () => {
  const { cuts, sent, arrived, lostSilently, outOfOrder } = await cut(
    contenders["socketchart, `confirm: 'ping'`"],
    few,
  );
  expect({ cuts, arrived, lostSilently, outOfOrder }).toEqual({
    cuts: 4,
    arrived: sent,
    lostSilently: 0,
    outOfOrder: 0,
  });
});

test.each([
  ['without a word', false],
  ['and says so', true],
])('who throws away every other message %s is found to', async (_, says) => {
  const { sent, arrived, lostAndTold, lostSilently } = await cut(
    {
      ...confirmed,
      dial: async (terms) => {
        const client = await confirmed.dial(terms);
        return {
          close: () => client.close(),
          send: (n) => {
            if (n % 2 === 0) client.send(n);
            else if (says) terms.told(n);
          },
        };
      },
    },
    few,
  );
  expect(sent).toBeGreaterThan(4);
  const thrownAway = Math.ceil(sent / 2);
  expect({ arrived, lostAndTold, lostSilently }).toEqual({
    arrived: sent - thrownAway,
    lostAndTold: says ? thrownAway : 0,
    lostSilently: says ? 0 : thrownAway,
  });
});
