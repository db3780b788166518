import { useCallback } from 'react';
import type { Gap, TopicStatus } from '../../src/topics/index.ts';
import { topics, type PageTopics, type Remark } from '../frames.ts';
import { clientId, useTopic, useTopicClient, useTopicState } from './connection.ts';
import type { Note } from './log.ts';
import { useReading } from './reading.ts';

type Topic = keyof PageTopics;
const shown: readonly Topic[] = [topics.traffic, topics.load, topics.wall, topics.stream];

/** The topics of this page: how each stands, and how far it has come. Gaps are noted, and so is what any window says. */
export function Topics({ note }: { readonly note: Note }) {
  useTopic(topics.traffic, nothing, { onGap: (gap) => note('gap', gapWords(gap)) });
  useTopic(topics.stream, nothing, { onGap: (gap) => note('gap', gapWords(gap)) });
  useTopic(topics.wall, ({ by, number }: Remark) =>
    note('topic', `${by === clientId ? 'this window' : 'another window'} said ${number} on the wall`),
  );
  return (
    <section className="topics">
      <h2 id="topics">Topics</h2>
      <ul aria-labelledby="topics">
        {shown.map((topic) => (
          <Line key={topic} topic={topic} />
        ))}
      </ul>
    </section>
  );
}

function Line({ topic }: { readonly topic: Topic }) {
  const { positions } = useTopicClient();
  const status = useTopicState(topic);
  const offset = useReading(useCallback(() => positions()[topic]?.offset, [positions, topic]));
  return (
    <li data-topic={topic} data-state={status.state}>
      <span>{topic}</span>
      <b>{status.state}</b>
      <span className="offset">{offset === undefined ? '–' : `#${offset}`}</span>
      <span className="last-gap">{lastGap(status)}</span>
    </li>
  );
}

const nothing = (): void => undefined;

function lastGap({ gap, denial }: TopicStatus): string {
  if (denial !== undefined) return denial;
  return gap === undefined ? 'no gap' : `gap: ${reasons[gap.reason]}`;
}

const reasons: Readonly<Record<Gap['reason'], string>> = {
  epoch: 'the log is a new one',
  trimmed: 'the log does not reach back so far',
  ahead: 'the log is shorter than what was seen',
  too_large: 'more was missed than is replayed',
  unknown: 'the server keeps no log',
};

const gapWords = ({ topic, reason, from }: Gap): string =>
  `${topic} after #${from?.offset ?? 0}: ${reasons[reason]}, so what came in between is not known`;
