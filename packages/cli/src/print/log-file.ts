import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { jsonLogger, type Logger } from '@slipway/core';

const MAX_BYTES = 10 * 1024 * 1024;

/** JSON lines appended to this file; the file of an earlier run is kept as `.1` once it is over 10 MiB. */
export function openLog(file: string): Logger {
  rotate(file);
  let descriptor: number | undefined;
  return jsonLogger((line) => {
    try {
      descriptor ??= openSync(file, 'a', 0o600);
      writeSync(descriptor, line);
    } catch {
      // A full disk must not end the control plane: the line is lost, the failure itself reaches the client.
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    }
  });
}

function rotate(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_BYTES) renameSync(file, `${file}.1`);
}
