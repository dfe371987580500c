import { styleText } from 'node:util';
import { probeMachine } from '@slipway/containers';
