#!/usr/bin/env node
// Writes the kubeconfig of a cluster resource. CLUSTER: JSON of its fields; those in Secrets are variables of their own.
const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');

const cluster = JSON.parse(process.env.CLUSTER);
const { name, url, insecure, namespace } = cluster;
const username = process.env.USERNAME || cluster.username;
const token = (process.env.TOKEN || cluster.token).replace(/[\r\n]+$/, '');
const password = process.env.PASSWORD || cluster.password;
// A parameter has its certificates in base64 already, a Secret as they are.
const ca = process.env.CADATA ? Buffer.from(process.env.CADATA).toString('base64') : cluster.cadata;

const config = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [
    {
      name,
      cluster: {
        server: url,
        ...(insecure ? { 'insecure-skip-tls-verify': true } : {}),
        ...(ca && !insecure ? { 'certificate-authority-data': ca } : {}),
      },
    },
  ],
  // A user has one way to log in: the token goes first.
  users: [{ name: username, user: token ? { token } : password ? { username, password } : {} }],
  contexts: [{ name, context: { cluster: name, user: username, ...(namespace ? { namespace } : {}) } }],
  'current-context': name,
};
for (const file of JSON.parse(process.env.FILES)) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  console.log(`kubeconfig: wrote ${file}`);
}
