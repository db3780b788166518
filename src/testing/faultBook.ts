import type { Clock } from '../client/options.ts';
import { checkFault } from './checkFault.ts';
import type { Fault, FaultSpec, FaultType } from './faults.ts';

/** A connection that faults can affect. */
export interface Afflicted {
  apply(fault: ActiveFault): void;
  /** The fault has ended. */
  release(fault: ActiveFault): void;
}

/** A fault as the connections it affects see it. */
export class ActiveFault implements Fault {
  readonly spec: FaultSpec;
  isActive = true;
  applied = 0;
  #ending: Promise<void> | undefined = undefined;
  readonly #over: (fault: ActiveFault) => Promise<void>;

  constructor(spec: FaultSpec, over: (fault: ActiveFault) => Promise<void>) {
    this.spec = spec;
    this.#over = over;
  }

  end(): Promise<void> {
    this.isActive = false;
    return (this.#ending ??= this.#over(this));
  }
}

/** Whether a fault affects existing or new connections. */
function befalls(spec: FaultSpec, kind: 'existing' | 'new'): boolean {
  if (spec.type === 'refuse' || spec.type === 'stall') return kind === 'new';
  if (spec.type === 'down') return true;
  const { on = spec.type === 'reset' || spec.type === 'close' ? 'existing' : 'all' } = spec;
  return on === kind || on === 'all';
}

/** The active faults, and the connections they affect. */
export class FaultBook {
  /** How many connections each type has affected. */
  readonly applied: Partial<Record<FaultType, number>> = {};
  readonly #active = new Set<ActiveFault>();
  readonly #links: Iterable<Afflicted>;
  readonly #clock: () => Clock;
  readonly #known: string[] | undefined;

  constructor(links: Iterable<Afflicted>, clock: () => Clock, known?: readonly FaultType[]) {
    this.#links = links;
    this.#clock = clock;
    this.#known = known && [...known];
  }

  get active(): Iterable<ActiveFault> {
    return this.#active;
  }

  has(type: FaultType): boolean {
    return [...this.#active].some(({ spec }) => spec.type === type);
  }

  /** `onEnd` runs once, when it ends. */
  inject(spec: FaultSpec, onEnd: () => Promise<void> = () => Promise.resolve()): ActiveFault {
    checkFault(spec, this.#known);
    const clock = this.#clock();
    let timer: unknown;
    const fault = new ActiveFault({ ...spec }, (ended) => {
      clock.clearTimeout(timer);
      this.#active.delete(ended);
      for (const link of [...this.#links]) link.release(ended);
      return onEnd();
    });
    if (befalls(spec, 'existing')) for (const link of [...this.#links]) this.#apply(fault, link);
    // A fault that only ends existing connections is over at once.
    const isOver = (spec.type === 'reset' || spec.type === 'close') && !befalls(spec, 'new');
    if (isOver) fault.isActive = false;
    else this.#active.add(fault);
    const { forMs } = spec;
    if (!isOver && forMs !== undefined) timer = clock.setTimeout(() => void fault.end().catch(() => undefined), forMs);
    return fault;
  }

  /** Applies the active faults to a new connection. */
  receive(link: Afflicted): void {
    for (const fault of [...this.#active]) if (befalls(fault.spec, 'new')) this.#apply(fault, link);
  }

  /** Ends every fault. */
  async clear(): Promise<void> {
    await Promise.all([...this.#active].map((fault) => fault.end()));
  }

  #apply(fault: ActiveFault, link: Afflicted): void {
    fault.applied++;
    this.applied[fault.spec.type] = (this.applied[fault.spec.type] ?? 0) + 1;
    link.apply(fault);
  }
}
