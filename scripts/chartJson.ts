/** A chart as JSON: everything but the context factory, which is a config's only function, where it has one. */
export function chartJson({ config }: { readonly config: unknown }): string {
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
