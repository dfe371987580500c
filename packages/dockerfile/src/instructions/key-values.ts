import type { Place } from '@slipway/core';
import { failure } from '../failure.ts';
import type { KeyValue, Word } from '../instruction.ts';
import type { Source } from '../statement.ts';
import { quotedWords } from '../words.ts';
import { missing } from './arguments.ts';

/** The pairs of ENV and LABEL: `a=b c="d e"`, or the old `name value of the whole line`. */
export function keyValues(source: Source): KeyValue[] {
  const words = quotedWords(source);
  const [first] = words;
  if (first === undefined) throw missing(source, 'at least one argument', 'NAME=value');
  return first.text.includes('=')
    ? words.map((word) => pair(source, word))
    : [legacyPair(source, first.place)];
}

function pair(source: Source, { text, place }: Word): KeyValue {
  const equals = text.indexOf('=');
  const keyword = source.keyword.toUpperCase();
  if (equals === -1) {
    throw failure(
      'KEY_VALUE',
      `cannot find = in "${text}"; ${keyword} needs name=value`,
      place,
      'put values with spaces in double quotes',
    );
  }
  if (equals === 0) throw blankName(keyword, place);
  return { key: text.slice(0, equals), value: text.slice(equals + 1), place };
}

function legacyPair(source: Source, place: Place): KeyValue {
  const keyword = source.keyword.toUpperCase();
  const match = /^([^\t\v\f\r ]*)[\t\v\f\r ]+(.*)$/s.exec(source.rest);
  if (!match) {
    throw failure(
      'KEY_VALUE',
      `${keyword} ${source.rest} has no value`,
      place,
      `write ${keyword} ${source.rest}=value`,
    );
  }
  return { key: match[1]!, value: match[2]!, place };
}

function blankName(keyword: string, place: Place): Error {
  return failure(
    'BLANK_NAME',
    `${keyword} has a value without a name`,
    place,
    `for example: ${keyword} NAME=value`,
  );
}
