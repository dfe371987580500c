import assert from 'node:assert/strict';
import type { FileHandle } from 'node:fs/promises';
import { test } from 'node:test';
import { Writeback } from './writeback.ts';

const MIB = 1024 * 1024;

interface SlowDisk extends Pick<FileHandle, 'datasync' | 'sync'> {
  begun: number;
  ended: number;
  finish: (error?: Error) => void;
}

/** A disk that is done when it is told. */
function slowDisk(): SlowDisk {
  const disk = {
    begun: 0,
    ended: 0,
    finish: (_error?: Error): void => {},
    datasync: (): Promise<void> => {
      disk.begun += 1;
      return new Promise((resolve, reject) => {
        disk.finish = (error) => (error ? reject(error) : resolve());
      });
    },
    sync: async (): Promise<void> => {
      disk.ended += 1;
    },
  };
  return disk;
}

test('the disk begins while more is written, once at a time for all files', async () => {
  const [one, other] = [slowDisk(), slowDisk()];
  const [first, second] = [new Writeback(one), new Writeback(other)];
  first.wrote(31 * MIB);
  assert.equal(one.begun, 0, 'too little to be worth it');
  first.wrote(MIB);
  first.wrote(64 * MIB);
  second.wrote(64 * MIB);
  assert.deepEqual([one.begun, other.begun], [1, 0]);
  one.finish();
  await first.stop();
  second.wrote(MIB);
  assert.deepEqual([one.begun, other.begun], [1, 1]);
  other.finish();
  await second.finish();
  assert.deepEqual([one.ended, other.ended], [0, 1]);
});

test('a failure in the background fails the end, because the kernel tells of it once', async () => {
  const disk = slowDisk();
  const writeback = new Writeback(disk);
  writeback.wrote(32 * MIB);
  disk.finish(new Error('EIO'));
  await writeback.stop();
  await assert.rejects(writeback.finish(), /EIO/);
  assert.equal(disk.ended, 0);
});
