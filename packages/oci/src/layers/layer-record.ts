import { readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { SlipwayError } from '@slipway/core';
import { type Digest, isDigest } from '../digest.ts';
import { isObject } from '../json-shape.ts';
import { ignoreMissing } from '../store/ingest.ts';

/** What is known of an unpacked layer, kept beside its folder. */
export interface LayerRecord {
  readonly chainId: Digest;
  readonly diffId: Digest;
  readonly parent?: Digest | undefined;
  /** The boot of the machine in which it was unpacked. */
  readonly boot: string;
  /** Whether all of it is known to have reached the disk. Until then it is not trusted after a crash of the machine. */
  readonly synced: boolean;
}

/** Identifies the time since the machine was started. */
export function currentBoot(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** The record of a file; undefined when there is none or a crash damaged it. */
export async function readLayerRecord(file: string): Promise<LayerRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(ignoreMissing);
  try {
    const record: unknown = JSON.parse(text ?? '');
    const whole = isObject(record) && typeof record.chainId === 'string' && isDigest(record.chainId);
    return whole ? (record as unknown as LayerRecord) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw new SlipwayError('internal', 'LAYER_RECORD', `${file} cannot be read`, { cause: error });
  }
}

export async function writeLayerRecord(file: string, record: LayerRecord): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, JSON.stringify(record));
  await rename(temporary, file);
}
