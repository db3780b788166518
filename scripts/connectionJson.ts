import { connectionMachine } from '../machines/index.ts';

/** The chart as JSON: everything but the context factory, which is the config's only function. */
export function connectionJson(): string {
  return `${JSON.stringify(connectionMachine.config, undefined, 2)}\n`;
}
