export { busyboxImage } from './busybox-image.ts';
export { type Certificate, selfSignedCertificate } from './certificate.ts';
export { type EventuallyOptions, eventually } from './eventually.ts';
export { type FileSpec, type Files, tarOf } from './files.ts';
export { freePort } from './free-port.ts';
export { type MadeImage, type MakeImageOptions, makeImage } from './image-maker.ts';
export { type RandomImageOptions, randomImage } from './random-image.ts';
export { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
export { yaml } from './yaml-literal.ts';
