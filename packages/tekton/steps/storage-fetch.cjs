#!/usr/bin/env node
// Brings a storage resource from $LOCATION (http, https, file) to the folder $TARGET.
// ARCHIVE: tar.gz or zip to be unpacked there, empty for a file or folder that stays as it is.
const { execFileSync } = require('node:child_process');
const { cpSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { basename, join } = require('node:path');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const { fileURLToPath } = require('node:url');

const { LOCATION, TARGET, ARCHIVE } = process.env;
const ANSWER_MS = 60_000;

function fail(message) {
  console.error(`storage-fetch: ${message}`);
  process.exit(1);
}

async function download(url, file) {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), ANSWER_MS);
  const response = await fetch(url, { signal: waiting.signal }).catch((error) =>
    fail(`${url.origin} does not answer: ${error.cause?.message ?? error.message}`),
  );
  clearTimeout(timer); // how long the body takes is its own affair
  if (!response.ok) fail(`${url.origin}${url.pathname} answers ${response.status} ${response.statusText}`);
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file));
}

function unpack(file) {
  if (ARCHIVE === 'zip')
    execFileSync('busybox', ['unzip', '-q', '-o', file, '-d', TARGET], { stdio: 'inherit' });
  else execFileSync('tar', ['-xzf', file, '-C', TARGET, '--no-same-owner'], { stdio: 'inherit' });
}

async function main() {
  const url = new URL(LOCATION);
  mkdirSync(TARGET, { recursive: true });
  if (url.protocol === 'file:') {
    const path = fileURLToPath(url);
    if (!existsSync(path))
      fail(`${path} is not in this container: mount its volume by the stepTemplate of the Task`);
    if (ARCHIVE) unpack(path);
    else
      cpSync(path, process.env.IS_FOLDER === 'true' ? TARGET : join(TARGET, basename(path)), {
        recursive: true,
      });
  } else {
    const folder = ARCHIVE ? mkdtempSync(join(tmpdir(), 'storage-')) : TARGET;
    const file = join(folder, basename(decodeURIComponent(url.pathname)) || 'download');
    await download(url, file);
    if (ARCHIVE) {
      unpack(file);
      rmSync(folder, { recursive: true });
    }
  }
  console.log(
    `storage-fetch: ${url.origin === 'null' ? 'file://' : url.origin}${url.pathname} is in ${TARGET}`,
  );
}

main().catch((error) => fail(error.message));
