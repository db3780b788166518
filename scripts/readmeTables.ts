/** Tables of the README and of `docs`, made from the code's own docs: a table and the code cannot disagree. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { connectionMachine, subscriptionMachine } from '../machines/index.ts';
import { drawnStates, type DrawnState } from '../visualizer/drawing/chartData.ts';
import { literalsOf, membersOf, type Documented } from './codeDocs.ts';
import { documentedFaultOptions, documentedFaults } from './faultDocs.ts';
import { onlyRows, resultTable, type ResultTable } from './resultTables.ts';

const root = join(import.meta.dirname, '..');

/** The README and all of `docs`. */
export const documentPaths: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** An interface whose members are options, and how their names begin. */
interface OptionSource {
  readonly file: string;
  readonly type: string;
  readonly prefix: string;
}

const connectionSources: readonly OptionSource[] = [
  { file: 'src/client/options.ts', type: 'ConnectionOptions', prefix: '' },
  { file: 'machines/connection.types.ts', type: 'RetryOptions', prefix: 'retry.' },
  { file: 'src/client/options.ts', type: 'OutboxOptions', prefix: 'outbox.' },
  { file: 'src/client/options.ts', type: 'HeartbeatOptions', prefix: 'heartbeat.' },
  { file: 'src/client/options.ts', type: 'ConfirmOptions', prefix: 'confirm.' },
];
const hubSources: readonly OptionSource[] = [
  { file: 'src/server/options.ts', type: 'HubOptions', prefix: '' },
  { file: 'src/server/options.ts', type: 'HubLimits', prefix: 'limits.' },
];

export function documentedOptions(): readonly Documented[] {
  return documented(connectionSources);
}

/** The options of `createHub`. */
export function documentedHubOptions(): readonly Documented[] {
  return documented(hubSources);
}

function documented(sources: readonly OptionSource[]): readonly Documented[] {
  return sources.flatMap(({ file, type, prefix }) =>
    membersOf(file, type).map(({ name, doc }) => ({ name: prefix + name, doc })),
  );
}

/** What `useWebSocket` takes beside the options of a connection. */
export function documentedHookOptions(): readonly Documented[] {
  return ['UseWebSocketOptions', 'WebSocketHandlers'].flatMap((type) => membersOf('src/react/useWebSocket.ts', type));
}

/** What `createTopicClient` takes beside the options of a connection, and what its methods take. */
export function documentedTopicOptions(): readonly Documented[] {
  const source = (type: string, prefix: string): OptionSource => ({ file: 'src/topics/types.ts', type, prefix });
  return documented([
    source('TopicClientOptions', ''),
    source('SubscribeOptions', 'subscribe: '),
    source('PublishOptions', 'publish: '),
  ]);
}

/** Every code of `ConnectionError`. */
export function errorCodes(): readonly string[] {
  return literalsOf('src/client/errors.ts', 'ErrorCode');
}

/** Every kind of warning. */
export function warningCodes(): readonly string[] {
  return literalsOf('src/client/events.ts', 'WarningCode');
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const cell = (text: string): string => text.replaceAll('|', '\\|');

const rowsOf = (members: readonly Documented[]): string[][] => members.map(({ name, doc }) => [`\`${name}\``, doc]);

const optionTable = (members: readonly Documented[]): string =>
  table(['Option', 'What it does · unit · default · range'], rowsOf(members.filter(({ doc }) => doc !== '')));

const partsOf = (parts: DrawnState['parts']): string => parts.map(({ name }) => name).join(', ');

const comparison = (): ResultTable => resultTable('Beside other packages');
const measured = ({ head, rows }: ResultTable): string => table(head, rows);

const tables: Readonly<Record<string, () => string>> = {
  states: () =>
    table(
      ['State', 'A send is', 'Inside', 'What it means'],
      drawnStates(connectionMachine).map(({ name, tag, parts, description }) => [
        `\`${name}\``,
        tag,
        partsOf(parts),
        description,
      ]),
    ),
  topicStates: () =>
    table(
      ['State', 'Inside', 'What it means'],
      drawnStates(subscriptionMachine).map(({ name, parts, description }) => [
        `\`${name}\``,
        partsOf(parts),
        description,
      ]),
    ),
  options: () => optionTable(documentedOptions()),
  methods: () => table(['Member', 'What it does'], rowsOf(membersOf('src/client/connection.ts', 'Connection'))),
  events: () =>
    table(
      ['Event', 'When', 'What it bears'],
      membersOf('src/client/events.ts', 'ConnectionEvents').map(({ name, doc, type }) => [
        `\`${name}\``,
        doc,
        `\`${type.replaceAll(/\s+/gu, ' ')}\``,
      ]),
    ),
  hubOptions: () => optionTable(documentedHubOptions()),
  hookOptions: () => optionTable(documentedHookOptions()),
  topicOptions: () => optionTable(documentedTopicOptions()),
  topicHooks: () => table(['Hook', 'What it does'], rowsOf(membersOf('src/react/topics.ts', 'TopicHooks'))),
  hookResult: () =>
    table(['Given back', 'What it is'], rowsOf(membersOf('src/react/useWebSocket.ts', 'UseWebSocketResult'))),
  hooks: () =>
    table(['Export', 'What it does'], rowsOf(membersOf('src/react/createConnectionHooks.ts', 'ConnectionHooks'))),
  status: () => table(['Field', 'What it is'], rowsOf(membersOf('src/react/status.ts', 'Status'))),
  faults: () =>
    table(
      ['Fault', 'What happens', 'Options'],
      documentedFaults().map(({ type, doc, options }) => [
        `\`${type}\``,
        doc,
        options.map(({ name }) => `\`${name}\``).join(', '),
      ]),
    ),
  faultOptions: () => optionTable(documentedFaultOptions()),
  measured: () => measured(onlyRows(comparison(), 'messages sent', 'lost silently', 'size, kB')),
  comparison: () => measured(comparison()),
};

/** A text with the tables between its `<!-- table:name -->` marks made anew. */
export function withTables(text: string): string {
  return text.replaceAll(
    /(<!-- table:(\w+) -->)[\s\S]*?(<!-- \/table -->)/gu,
    (_, open: string, name: string, close: string) => {
      const make = tables[name];
      if (make === undefined) throw new Error(`there is no table ${name}, only ${Object.keys(tables).join(', ')}`);
      return `${open}\n\n${make()}\n\n${close}`;
    },
  );
}
