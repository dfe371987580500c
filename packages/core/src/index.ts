export { type BackoffOptions, backoffDelay, retry } from './backoff.ts';
export { formatBytes } from './bytes.ts';
export { type Clock, systemClock } from './clock.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { type ErrorDetails, type ErrorKind, SlipwayError, toSlipwayError } from './errors.ts';
export { joinHostPort } from './host-port.ts';
export { jsonLogger, type LogFields, type Logger, type LogLevel, silentLogger } from './logger.ts';
export { formatExcerpt, formatPlace, type Place } from './place.ts';
export { type ProcessIdentity, processStart, thisProcess } from './process-identity.ts';
