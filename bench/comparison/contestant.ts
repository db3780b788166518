/** One contender in a process of its own, so that none can disturb another. Argument: its name. */
import { answerWith } from '../hub/dialogue.ts';
import type { Contender } from './contender.ts';
import { contenders, type Name } from './contenders.ts';
import { close, cut, down, halfOpen, spread } from './questions.ts';
import { sizesOf } from './sizes.ts';

const contender: Contender = contenders[process.argv[2] as Name];
// Some tell of each broken line, which is what they are here for.
console.warn = console.error = () => undefined;

answerWith({
  cut: (given: { cuts: number; seed: number }) => cut(contender, given),
  halfOpen: (given: { seed: number }) => halfOpen(contender, given),
  down: (given: { seed: number }) => down(contender, given),
  close: (given: { code: number; seed: number }) => close(contender, given),
  spread: (given: { clients: number; seed: number }) => spread(contender, given),
  downstream: ({ cuts }: { cuts: number }) => contender.downstream?.(cuts),
  sizes: () => sizesOf(contender),
});
