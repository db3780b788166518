import { randomBytes } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BITS_PER_CHARACTER = 6;

/** Letters that nobody can guess, of at least so many bits: base64url, RFC 4648 §5. From `random`, where a run has to repeat itself. */
export function randomId(bits: number, random?: () => number): string {
  if (random === undefined) return randomBytes(Math.ceil(bits / 8)).toString('base64url');
  const length = Math.ceil(bits / BITS_PER_CHARACTER);
  return Array.from({ length }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');
}
