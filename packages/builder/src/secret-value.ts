/** The value of a secret as plain data: text, or any bytes. */
export type SecretValue = string | { readonly base64: string };

/** The value that a file or a variable holds; bytes stay what they are, whether they are text or not. */
export function secretValue(bytes: Buffer): SecretValue {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString('base64') };
}

export function secretBytes(value: SecretValue): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.base64, 'base64');
}

/** The value as a variable can have it; undefined for what is no text, or has a NUL in it. */
export function secretText(value: SecretValue): string | undefined {
  return typeof value === 'string' && !value.includes('\0') ? value : undefined;
}
