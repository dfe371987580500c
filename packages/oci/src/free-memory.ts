/**
 * Gives the memory of a piece of a stream back, which nobody may use any more. The collector sees little of such memory, comes
 * late, and then so often that it takes a fifth of the time of a pull. A piece that is a part of a larger memory is left alone.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (byteLength > 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
