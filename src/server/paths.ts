const PLACEHOLDER = '{client_id}';
const LONGEST_CLIENT_ID = 128;
/** What a path may hold as it is. RFC 3986 §3.3. */
const PLAIN_SEGMENT = /^(?:[\w\-.~!$&'()*+,;=:@]|%[\da-f]{2})*$/iu;

/** A path that is ours. */
export type PathMatch =
  | { readonly clientId: string | undefined }
  /** It has the form, but what stands for the client id is none. */
  | { readonly problem: string };

/** Where a hub is found. */
export interface PathPattern {
  /** As it was given. */
  readonly text: string;
  /** Whether it holds `{client_id}`: a path without one goes first. */
  readonly hasClientId: boolean;
  /** Takes the path of a request target, not decoded and without the query; undefined: it is none of ours. */
  match(pathname: string): PathMatch | undefined;
}

/**
 * Reads `/ws` or `/ws/{client_id}`. Segments are compared as they come over the wire, so that no other way to write a path
 * goes round what a proxy allows; only the client id is percent-decoded: 1 to 128 UTF-16 units, no control characters.
 * Throws a TypeError for anything else.
 */
export function pathPattern(text: string): PathPattern {
  const segments = text.split('/');
  const isPattern =
    segments.length > 1 &&
    segments[0] === '' &&
    segments.every((each) => each === PLACEHOLDER || PLAIN_SEGMENT.test(each));
  const at = segments.indexOf(PLACEHOLDER);
  if (!isPattern || at !== segments.lastIndexOf(PLACEHOLDER)) {
    throw new TypeError(
      `path '${text}': give a path that begins with '/', percent-encoded, with at most one segment that is ${PLACEHOLDER}`,
    );
  }
  return {
    text,
    hasClientId: at !== -1,
    match(pathname) {
      const given = pathname.split('/', segments.length + 1);
      if (given.length !== segments.length) return undefined;
      if (!segments.every((segment, index) => index === at || segment === given[index])) return undefined;
      if (at === -1) return { clientId: undefined };
      const raw = given[at] as string;
      return raw === '' ? undefined : clientIdOf(raw);
    },
  };
}

function clientIdOf(raw: string): PathMatch {
  let clientId: string;
  try {
    clientId = decodeURIComponent(raw);
  } catch {
    return { problem: 'the client id in the path is not percent-encoded UTF-8' };
  }
  if (clientId.length > LONGEST_CLIENT_ID) {
    return { problem: `the client id in the path is longer than ${LONGEST_CLIENT_ID} characters` };
  }
  if (/\p{Cc}/u.test(clientId)) return { problem: 'the client id in the path holds control characters' };
  return { clientId };
}

/** Path and query of a request target, as they were sent. Takes the absolute form, too: RFC 9112 §3.2.2. Undefined: it has no path. */
export function targetOf(url: string): { readonly pathname: string; readonly search: string } | undefined {
  const target = url.replace(/^https?:\/\/[^/?#]*/iu, '');
  if (!target.startsWith('/')) return undefined;
  const end = target.search(/[?#]/u);
  return end === -1
    ? { pathname: target, search: '' }
    : { pathname: target.slice(0, end), search: target.slice(end).replace(/#.*/u, '') };
}
