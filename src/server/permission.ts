import type { Caller, Complaint } from './caller.ts';
import type { HubContext } from './context.ts';
import { within } from './deadline.ts';
import type { Action } from './options.ts';
import { traceOf } from './traceOf.ts';

/** Why it may not be done; undefined: it may. */
export async function objectionTo(
  action: Action,
  topic: string,
  { options, logger, scheduler }: HubContext,
  { clientId, principal }: Caller,
): Promise<Complaint | undefined> {
  const { authorize, authenticate } = options;
  let isAllowed: unknown = authenticate === undefined;
  if (authorize !== undefined) {
    try {
      const answer = (async () => authorize({ clientId, principal }, action, topic))();
      isAllowed = await within(scheduler, answer, 'authorize');
    } catch (error) {
      // Nobody said no, and nobody said yes.
      logger.error({ ...traceOf(error), client: clientId, topic }, 'authorize failed');
      return { code: 'unavailable', message: 'it cannot be told now whether this is allowed', retry: true };
    }
  }
  return isAllowed === true ? undefined : { code: 'denied', message: `not allowed to ${action} here` };
}
