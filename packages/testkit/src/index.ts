export { type Certificate, selfSignedCertificate } from './certificate.ts';
export { type EventuallyOptions, eventually } from './eventually.ts';
export { freePort } from './free-port.ts';
export { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
export { yaml } from './yaml-literal.ts';
