const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** What can be seen of JSON without building anything. */
export interface Survey {
  /** Of a number 0, of `[]` 1, of `[[]]` 2. */
  readonly depth: number;
  /** The value of one key of the outermost object, as it was written. The last one where there are several, as `JSON.parse` has it. */
  readonly valueText: string | undefined;
}

/** Walks over text that is known to be JSON, without recursion and once: what it costs does not depend on what it says. */
export function surveyJson(text: string, key: string): Survey {
  const plainKey = JSON.stringify(key);
  let depth = 0;
  let deepest = 0;
  let lastString = '';
  let valueStart = -1;
  let valueText: string | undefined;
  const endValue = (end: number): void => {
    if (valueStart >= 0) valueText = text.slice(valueStart, end).trim();
    valueStart = -1;
  };
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = endOfString(text, i);
        if (depth === 1) lastString = text.slice(i, end + 1);
        i = end;
        break;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++;
        if (depth > deepest) deepest = depth;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        if (depth === 0) endValue(i);
        break;
      case COLON:
        if (depth === 1 && isKey(lastString, plainKey)) valueStart = i + 1;
        break;
      case COMMA:
        if (depth === 1) endValue(i);
        break;
    }
  }
  return { depth: deepest, valueText };
}

/** Keys may be written with escapes. */
function isKey(written: string, plainKey: string): boolean {
  if (!written.includes('\\')) return written === plainKey;
  return JSON.stringify(JSON.parse(written)) === plainKey;
}

function endOfString(text: string, start: number): number {
  for (let end = start; ;) {
    end = text.indexOf('"', end + 1);
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}
