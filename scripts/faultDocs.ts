/** The faults of `socketchart/testing`, from the docs of their types. */
import { interfacesOf, type Documented, type DocumentedInterface } from './codeDocs.ts';

const declared = interfacesOf('src/testing/faults.ts');

/** An option of a fault. `of` is the type of the only fault that has it, where there is one. */
export interface DocumentedFaultOption extends Documented {
  readonly of: string | undefined;
  readonly isRequired: boolean;
}

/** What is done to connections, and what it may be told. */
export interface DocumentedFault {
  readonly type: string;
  readonly doc: string;
  /** Its own first, then those that it has in common with others. */
  readonly options: readonly DocumentedFaultOption[];
}

/** The type of a fault: what its member `type` is. */
const typeOf = ({ members }: DocumentedInterface): string | undefined =>
  members.find(({ name }) => name === 'type')?.type.replaceAll("'", '');

function optionsOf({ base, members, ...rest }: DocumentedInterface): readonly DocumentedFaultOption[] {
  const of = typeOf({ base, members, ...rest });
  const own = members.filter(({ name }) => name !== 'type');
  const inherited = declared.find(({ name }) => name === base);
  return [
    ...own.map(({ name, doc, isOptional }) => ({ name, doc, of, isRequired: !isOptional })),
    ...(inherited === undefined ? [] : optionsOf(inherited)),
  ];
}

export function documentedFaults(): readonly DocumentedFault[] {
  return declared.flatMap((one) => {
    const type = typeOf(one);
    return type === undefined ? [] : [{ type, doc: one.doc, options: optionsOf(one) }];
  });
}

/** Every option once: `forMs`, and `latency.delayMs` where only one fault has it. */
export function documentedFaultOptions(): readonly Documented[] {
  const all = documentedFaults().flatMap(({ options }) => options);
  const named = all.map(({ name, doc, of, isRequired }) => ({
    name: of === undefined ? name : `${of}.${name}`,
    doc: isRequired ? `${doc} Required.` : doc,
  }));
  const unique = [...new Map(named.map((option) => [option.name, option])).values()];
  const isShared = ({ name }: Documented): number => Number(name.includes('.'));
  return unique.sort((one, other) => isShared(one) - isShared(other));
}
