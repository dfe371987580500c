export { PEAK_MEMORY_ANNOTATION } from './container/peak-memory.ts';
export type { ImageProvider, ProvidedImage, ProvideOptions } from './images/image-provider.ts';
export { forgetImage, type RegistryImagesOptions, registryImages } from './images/registry-images.ts';
export type { PodLogs } from './logs/pod-logs.ts';
export { PodRunner } from './pod-runner.ts';
export type { PodRunnerOptions, ServiceAddresses, ServiceFile } from './runner-options.ts';
