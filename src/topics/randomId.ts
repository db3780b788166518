const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BYTES = 16;

interface Crypto {
  getRandomValues(bytes: Uint8Array): Uint8Array;
}

/** 128 random bits in base64url, 22 characters: RFC 4648 §5. `random` is for platforms without `crypto`. */
export function randomId(random: () => number): string {
  const bytes = new Uint8Array(BYTES);
  const { crypto } = globalThis as { crypto?: Crypto };
  if (crypto === undefined) for (let i = 0; i < BYTES; i++) bytes[i] = Math.floor(random() * 256);
  else crypto.getRandomValues(bytes);
  let id = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    for (; bits >= 6; bits -= 6) id += DIGITS.charAt((held >> (bits - 6)) & 63);
  }
  // The last two bits, as the first of a digit.
  return id + DIGITS.charAt((held << 4) & 63);
}
