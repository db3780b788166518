const TEXT = 0x81;

/** A text frame on its way to one peer or to thousands: encoded and framed once, whoever gets it. RFC 6455 §5.2. */
export class Outgoing {
  readonly text: string;
  #wire: Buffer | undefined = undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Header and payload in one piece, unmasked, as a server sends it. */
  get wire(): Buffer {
    return (this.#wire ??= framed(this.text));
  }

  /** Unit bytes, with the header. */
  get byteLength(): number {
    return this.wire.length;
  }
}

function framed(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const wire = Buffer.allocUnsafe(header + length);
  wire[0] = TEXT;
  if (header === 2) wire[1] = length;
  else if (header === 4) {
    wire[1] = 126;
    wire.writeUInt16BE(length, 2);
  } else {
    wire[1] = 127;
    wire.writeBigUInt64BE(BigInt(length), 2);
  }
  wire.write(text, header);
  return wire;
}
