#!/usr/bin/env node
// Writes the digests of the images that earlier steps left as OCI layouts.
// IMAGES: JSON [{"name": the resource, "folders": where its layout may be, "result": the file that takes the digest}]
const { createHash } = require('node:crypto');
const { readFileSync, writeFileSync } = require('node:fs');

const DIGEST = /^sha256:[0-9a-f]{64}$/;

function fail(message) {
  console.error(`image-digest-exporter: ${message}`);
  process.exit(1);
}

function readIndex(folders) {
  for (const folder of folders) {
    const file = `${folder}/index.json`;
    try {
      return { file, bytes: readFileSync(file) };
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR')
        fail(`${file} cannot be read: ${error.message}`);
    }
  }
  return undefined;
}

/** That of the image when there is one, else that of the index. What follows the JSON is passed over, as Go's decoder does. */
function digestOf({ file, bytes }) {
  const text = bytes.toString('utf8');
  let manifests;
  try {
    ({ manifests } = JSON.parse(text.slice(0, text.lastIndexOf('}') + 1)));
  } catch (error) {
    fail(`${file} is not JSON: ${error.message}`);
  }
  if (!Array.isArray(manifests)) fail(`${file} is not the index of an OCI layout: it has no manifests`);
  if (manifests.length !== 1) return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const { digest } = manifests[0] ?? {};
  if (!DIGEST.test(digest)) fail(`${file} names no digest of its image`);
  return digest;
}

for (const { name, folders, result } of JSON.parse(process.env.IMAGES)) {
  const index = readIndex(folders);
  if (index === undefined) {
    console.log(`image-digest-exporter: no digest of "${name}": no step left ${folders[0]}/index.json`);
    continue;
  }
  const digest = digestOf(index);
  writeFileSync(result, digest);
  console.log(`image-digest-exporter: "${name}" is ${digest}`);
}
