import { browserEnvironment, type Environment } from '../../src/index.ts';

type Report = Parameters<Environment['start']>[0];
const reports = new Set<Report>();

/** What the browser says of network and page, and what the page says when somebody makes it believe so. */
export const world: Environment = {
  start: (report) => {
    reports.add(report);
    const stop = browserEnvironment.start(report);
    return () => {
      reports.delete(report);
      stop();
    };
  },
};

/** Says it to every connection of the page. */
export function pretend(type: Parameters<Report>[0]['type']): void {
  for (const report of reports) report({ type });
}
